package session

import (
	"context"
	"encoding/json"
	"sync"
)

// Handle is a producer or a consumer that stays open.
type Handle interface {
	// Close ends it: it leaves its group ("leave"), or only drops its connections ("abandon").
	Close(ctx context.Context, how string) error
}

// Handles are the open ones of one kind, by name.
type Handles[H Handle] struct {
	Kind string
	Open func(settings json.RawMessage) (H, error)
	open map[string]H
}

// Of gives the handle that a request names, opened if need be.
func (handles *Handles[H]) Of(request *Request) (H, error) {
	name, settings := request.Handle(handles.Kind)
	if handle, found := handles.open[name]; found {
		return handle, nil
	}
	handle, err := handles.Open(settings)
	if err != nil {
		return handle, err
	}
	if handles.open == nil {
		handles.open = map[string]H{}
	}
	handles.open[name] = handle
	return handle, nil
}

func (handles *Handles[H]) close(ctx context.Context, name, how string) (bool, error) {
	handle, found := handles.open[name]
	if !found {
		return false, nil
	}
	delete(handles.open, name)
	return true, handle.Close(ctx, how)
}

// Reset closes all of them, at the same time.
func (handles *Handles[H]) Reset() {
	var closing sync.WaitGroup
	for _, handle := range handles.open {
		closing.Go(func() {
			ctx, cancel := context.WithTimeout(context.Background(), closingLimit)
			defer cancel()
			_ = handle.Close(ctx, "leave")
		})
	}
	closing.Wait()
	clear(handles.open)
}

// Closing is the verb close over handles of two kinds.
func Closing[P, C Handle](producers *Handles[P], consumers *Handles[C]) Verb {
	return func(ctx context.Context, request *Request) (Answer, error) {
		asked := struct{ Handle, How string }{How: "leave"}
		if err := request.Into(&asked); err != nil {
			return nil, err
		}
		if asked.How != "leave" && asked.How != "abandon" {
			return nil, Unsupported("how " + asked.How)
		}
		if found, err := producers.close(ctx, asked.Handle, asked.How); found {
			return nil, err
		}
		if found, err := consumers.close(ctx, asked.Handle, asked.How); found {
			return nil, err
		}
		return nil, Invalid("no handle " + asked.Handle + " is open")
	}
}

// On makes a verb of what is done on a handle.
func On[H Handle](handles *Handles[H], act func(H, context.Context, *Request) (Answer, error)) Verb {
	return func(ctx context.Context, request *Request) (Answer, error) {
		handle, err := handles.Of(request)
		if err != nil {
			return nil, err
		}
		return act(handle, ctx, request)
	}
}
