package bus

import (
	"bytes"
	"errors"
	"runtime"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/nats-io/nats.go"
	"google.golang.org/protobuf/encoding/protowire"
	"google.golang.org/protobuf/proto"

	"afterrun/readiness"
)

func headerOf(schema, encoding, digest string) nats.Header {
	h := nats.Header{}
	for k, v := range map[string]string{headerSchema: schema, headerEncoding: encoding, headerDigest: digest} {
		if v != "" {
			h.Set(k, v)
		}
	}
	return h
}

// FuzzDecodeEvent reads what any writer may have left in the stream: there is
// an error that wraps ErrInvalid, or an event that may be stored and comes back
// the same.
func FuzzDecodeEvent(f *testing.F) {
	c := testCodec(f)
	for _, e := range everyKind() {
		h, packed, err := c.encodeEvent(e)
		if err != nil {
			f.Fatal(err)
		}
		plain, err := proto.Marshal(toProto(e))
		if err != nil {
			f.Fatal(err)
		}
		f.Add("1", "zstd", h.Get(headerDigest), packed)
		f.Add("1", "", h.Get(headerDigest), plain)
		f.Add("1", "zstd", "", packed[:len(packed)/2])
		f.Add("2", "", e.Digest, plain)
	}
	f.Add("", "", "", []byte(nil))
	f.Add("1", "gzip", "", []byte("{}"))
	f.Fuzz(func(t *testing.T, schema, encoding, digest string, data []byte) {
		e, err := c.decodeEvent(headerOf(schema, encoding, digest), data)
		if err != nil {
			if !errors.Is(err, readiness.ErrInvalid) {
				t.Fatalf("error does not wrap ErrInvalid: %v", err)
			}
			return
		}
		if err := checkEvent(e); err != nil {
			t.Fatalf("an event came out that must not go in: %v", err)
		}
		h, again, err := c.encodeEvent(e)
		if err != nil {
			t.Fatalf("encode again: %v", err)
		}
		back, err := c.decodeEvent(h, again)
		if err != nil {
			t.Fatalf("decode again: %v", err)
		}
		if back.ContentDigest() != e.ContentDigest() {
			t.Fatalf("became another content:\n%+v\n%+v", e, back)
		}
	})
}

// FuzzDecodeColumn reads columns that never went through an encoder.
func FuzzDecodeColumn(f *testing.F) {
	for _, v := range [][]float64{{1, 2, 3}, {0.25, 1e300}, {47.36667, 8.5}} {
		data, err := proto.Marshal(encodeColumn(v))
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		var c Column
		if proto.Unmarshal(data, &c) != nil {
			return
		}
		v, err := decodeColumn(&c)
		if err != nil {
			if !errors.Is(err, readiness.ErrInvalid) {
				t.Fatalf("error does not wrap ErrInvalid: %v", err)
			}
			return
		}
		if len(v) != int(c.Length) {
			t.Fatalf("%d values, not %d", len(v), c.Length)
		}
		again, err := decodeColumn(encodeColumn(v))
		if err != nil {
			t.Fatal(err)
		}
		if err := sameFloats(v, again); err != nil {
			t.Fatal(err)
		}
	})
}

// allocated returns how many bytes fn allocates altogether.
func allocated(fn func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	fn()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

// bomb packs n bytes of one repeated piece as a stream, whose header does not
// tell the size.
func bomb(t *testing.T, piece []byte, n int) []byte {
	t.Helper()
	var out bytes.Buffer
	w, err := zstd.NewWriter(&out)
	if err != nil {
		t.Fatal(err)
	}
	block := bytes.Repeat(piece, 1<<20/len(piece))
	for written := 0; written < n; written += len(block) {
		if _, err := w.Write(block); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return out.Bytes()
}

func TestBombDoesNotFillTheMemory(t *testing.T) {
	c := testCodec(t)
	sized, err := zstd.NewWriter(nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, data := range map[string][]byte{
		"size unknown": bomb(t, []byte{0}, 512<<20),
		"size told":    sized.EncodeAll(make([]byte, 128<<20), nil),
	} {
		t.Run(name, func(t *testing.T) {
			var err error
			used := allocated(func() { _, err = c.decodeEvent(headerOf("1", "zstd", ""), data) })
			if !errors.Is(err, readiness.ErrInvalid) {
				t.Errorf("got %v, want an error that wraps ErrInvalid", err)
			}
			t.Logf("%d bytes packed, %d MiB allocated", len(data), used>>20)
			if limit := uint64(8 * maxPlain); used > limit {
				t.Errorf("%d bytes of input took %d MiB, more than %d", len(data), used>>20, limit>>20)
			}
		})
	}
}

// manyOf returns a packed event whose run holds n empty entries of a field.
func manyOf(c *codec, field protowire.Number, n int) []byte {
	entry := protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), nil)
	run := bytes.Repeat(entry, n/len(entry))
	if field == 20 { // one column of one value each
		run = protowire.AppendBytes(protowire.AppendTag(nil, field, protowire.BytesType), bytes.Repeat([]byte{5 << 3, 0}, n/2))
	}
	plain := protowire.AppendBytes(protowire.AppendTag(nil, 10, protowire.BytesType), run)
	return c.pack.EncodeAll(plain, nil)
}

// Small entries grow when they become messages: what a few bytes can cost stays
// bounded.
func TestManySmallEntriesStayBounded(t *testing.T) {
	c := testCodec(t)
	for name, field := range map[string]protowire.Number{"tags": 5, "timer events": 40, "recovery": 42, "laps": 43, "values": 20} {
		t.Run(name, func(t *testing.T) {
			data := manyOf(c, field, maxPlain-64)
			var err error
			used := allocated(func() { _, err = c.decodeEvent(headerOf("1", "zstd", ""), data) })
			t.Logf("%d bytes packed, %d MiB allocated, %v", len(data), used>>20, err)
			if !errors.Is(err, readiness.ErrInvalid) {
				t.Errorf("got %v, want an error that wraps ErrInvalid", err)
			}
			if used > 256<<20 {
				t.Errorf("%d bytes of input took %d MiB", len(data), used>>20)
			}
		})
	}
}

func TestWrongDigestIsInvalid(t *testing.T) {
	c := testCodec(t)
	e := runOf("k", "fit", 3)
	other := strings.Repeat("a", 64)
	for name, digests := range map[string][2]string{
		"header of another content": {other, e.Digest},
		"payload of another":        {e.Digest, other},
		"none in the header":        {"", e.Digest},
		"none in the payload":       {e.Digest, ""},
		"not a digest":              {"x", "x"},
	} {
		t.Run(name, func(t *testing.T) {
			e.Digest = digests[1]
			h, data, err := c.encodeEvent(e)
			if err != nil {
				t.Fatal(err)
			}
			h.Set(headerDigest, digests[0])
			if _, err := c.decodeEvent(h, data); !errors.Is(err, readiness.ErrInvalid) {
				t.Errorf("got %v, want an error that wraps ErrInvalid", err)
			}
		})
	}
}

func TestColumnsThatDoNotFit(t *testing.T) {
	for name, c := range map[string]*Column{
		"length 0":        {},
		"too long":        {Length: maxSamples + 1, Mask: []uint32{0, maxSamples + 1}},
		"too few":         {Length: 3, Scale: 1, Deltas: []int64{1}},
		"too many":        {Length: 1, Scale: 1, Deltas: []int64{1, 1}},
		"raw cut":         {Length: 1, Grid: Column_RAW, Raw: make([]byte, 7)},
		"unknown grid":    {Length: 1, Grid: 7, Deltas: []int64{1}},
		"mask too short":  {Length: 3, Scale: 1, Deltas: []int64{1}, Mask: []uint32{1, 1}},
		"mask too long":   {Length: 3, Scale: 1, Deltas: []int64{1}, Mask: []uint32{1, 1 << 31}},
		"mask wants more": {Length: 3, Scale: 1, Deltas: []int64{1}, Mask: []uint32{2, 1}},
	} {
		t.Run(name, func(t *testing.T) {
			if v, err := decodeColumn(c); !errors.Is(err, readiness.ErrInvalid) {
				t.Errorf("got %v, %v, want an error that wraps ErrInvalid", v, err)
			}
		})
	}
}
