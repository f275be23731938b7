package session

import (
	"context"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
)

// Names for what has no code of Kafka's.
const (
	TimedOut        = "TIMED_OUT"
	Disconnected    = "DISCONNECTED"
	InvalidArgument = "INVALID_ARGUMENT"
	NotSupported    = "UNSUPPORTED"
	NoOffset        = "NO_OFFSET"
	Fatal           = "FATAL"
	Other           = "OTHER"
)

// Error is a failure by its name; in an answer it stands in the place of the item that failed.
type Error struct {
	Name    string `json:"error"`
	Message string `json:"message"`
}

func (problem *Error) Error() string { return problem.Name + ": " + problem.Message }

// Unsupported is what the client, or its driver, has not.
func Unsupported(what string) error { return &Error{NotSupported, what} }

// Invalid is what makes no sense.
func Invalid(what string) error { return &Error{InvalidArgument, what} }

// Naming finds the name of a client's own errors: empty for those that it doesn't know.
type Naming func(error) string

// Of gives any error its name.
func (naming Naming) Of(err error) *Error {
	var named *Error
	if errors.As(err, &named) {
		return named
	}
	name := naming(err)
	if name == "" {
		name = common(err)
	}
	return &Error{name, err.Error()}
}

// Item is null when all is well, else what stands in the place of the item.
func (naming Naming) Item(err error) any {
	if err == nil {
		return nil
	}
	return naming.Of(err)
}

// Or is the value when all is well, else what stands in its place.
func (naming Naming) Or(err error, value any) any {
	if err == nil {
		return value
	}
	return naming.Of(err)
}

func common(err error) string {
	var timeout net.Error
	switch {
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return TimedOut
	case errors.As(err, &timeout) && timeout.Timeout():
		return TimedOut
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed):
		return Disconnected
	case errors.Is(err, syscall.ECONNREFUSED), errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		return Disconnected
	default:
		return Other
	}
}
