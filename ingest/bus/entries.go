package bus

import (
	"fmt"

	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/reflect/protoreflect"

	"afterrun/readiness"
)

// maxEntries bounds the fields of an event, repeated ones counted one by one. A
// column is one entry; laps, events and the like of weeks are some thousands. An
// empty lap takes two bytes on the wire and a hundred in memory, so that without
// a bound a message of 4 KB would unpack to gigabytes.
const maxEntries = 1 << 18

// checkEntries counts the fields of an encoded event before it is decoded; the
// error wraps readiness.ErrInvalid.
func checkEntries(plain []byte) error {
	left := maxEntries
	if err := countEntries(plain, (&Event{}).ProtoReflect().Descriptor(), &left); err != nil {
		return fmt.Errorf("decode event: %w: %w", err, readiness.ErrInvalid)
	}
	return nil
}

// countEntries takes the fields of a message and of those in it from left; the
// messages of event.proto are not recursive.
func countEntries(data []byte, d protoreflect.MessageDescriptor, left *int) error {
	for len(data) > 0 {
		number, wire, tag := protowire.ConsumeTag(data)
		if tag < 0 {
			return protowire.ParseError(tag)
		}
		size := protowire.ConsumeFieldValue(number, wire, data[tag:])
		if size < 0 {
			return protowire.ParseError(size)
		}
		if *left--; *left < 0 {
			return fmt.Errorf("more than %d entries", maxEntries)
		}
		if f := d.Fields().ByNumber(number); f != nil && f.Message() != nil && wire == protowire.BytesType {
			inner, _ := protowire.ConsumeBytes(data[tag:])
			if err := countEntries(inner, f.Message(), left); err != nil {
				return err
			}
		}
		data = data[tag+size:]
	}
	return nil
}
