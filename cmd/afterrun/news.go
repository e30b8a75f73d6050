package main

import (
	"context"
	"sync"
)

// news tells open pages that something new is stored.
type news struct {
	mu   sync.Mutex
	next chan struct{} // closed at the next change, nil while nobody waits
}

// Next is closed when something new is stored.
func (n *news) Next() <-chan struct{} {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next == nil {
		n.next = make(chan struct{})
	}
	return n.next
}

func (n *news) tell() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.next != nil {
		close(n.next)
		n.next = nil
	}
}

// announced is a write that is news once it is done.
func announced[T any](n *news, write func(context.Context, T) error) func(context.Context, T) error {
	return func(ctx context.Context, batch T) error {
		err := write(ctx, batch)
		if err == nil {
			n.tell()
		}
		return err
	}
}
