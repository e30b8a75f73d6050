package bus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"

	"github.com/nats-io/nats.go/jetstream"

	"afterrun/readiness"
)

// External reports a NATS server that is not this program's own: what many
// machines need has to lie there.
func (b *Bus) External() bool { return b.server == nil }

// maxObject bounds an object, bytes: a file that is kept has at most half of it.
const maxObject = 128 << 20

// PutObject keeps bytes under a name in the object store of the streams. It is
// stored when it returns; a name that is there already is left alone.
func (b *Bus) PutObject(ctx context.Context, name string, data []byte) error {
	if len(data) > maxObject {
		return fmt.Errorf("object %s: %d bytes are more than %d: %w", name, len(data), maxObject, readiness.ErrInvalid)
	}
	objects, err := b.objects(ctx)
	if err != nil {
		return err
	}
	if _, err := objects.GetInfo(ctx, name); err == nil {
		return nil
	} else if !errors.Is(err, jetstream.ErrObjectNotFound) {
		return fmt.Errorf("look for object %s: %w", name, err)
	}
	if _, err := objects.PutBytes(ctx, name, data); err != nil {
		return fmt.Errorf("store object %s: %w", name, storeError(err))
	}
	return nil
}

// GetObject returns the bytes of a name, checked against their digest; the error
// wraps fs.ErrNotExist when there are none, readiness.ErrInvalid when they are
// more than any object of ours has.
func (b *Bus) GetObject(ctx context.Context, name string) ([]byte, error) {
	objects, err := b.objects(ctx)
	if err != nil {
		return nil, err
	}
	object, err := objects.Get(ctx, name)
	if errors.Is(err, jetstream.ErrObjectNotFound) {
		return nil, fmt.Errorf("object %s: %w", name, fs.ErrNotExist)
	}
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", name, err)
	}
	data, err := readObject(object, maxObject)
	if err != nil {
		return nil, fmt.Errorf("read object %s: %w", name, err)
	}
	return data, nil
}

// readObject believes nothing that is said about the size.
func readObject(object io.ReadCloser, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(object, most+1))
	if err == nil && int64(len(data)) > most {
		err = fmt.Errorf("more than %d bytes: %w", most, readiness.ErrInvalid)
	}
	return data, errors.Join(err, object.Close())
}

// objects opens the bucket, creating it with as many copies as the streams have.
func (b *Bus) objects(ctx context.Context) (jetstream.ObjectStore, error) {
	name := b.names.originals
	store, err := b.js.ObjectStore(ctx, name)
	if errors.Is(err, jetstream.ErrBucketNotFound) {
		store, err = b.js.CreateOrUpdateObjectStore(ctx, jetstream.ObjectStoreConfig{
			Bucket: name, Description: "Afterrun: watch files as they were", Replicas: b.stream[b.names.events].CachedInfo().Config.Replicas,
		})
	}
	if err != nil {
		return nil, fmt.Errorf("object store %s: %w", name, err)
	}
	return store, nil
}
