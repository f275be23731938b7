// Package session is the session that a client program of the suite holds: requests as JSON lines, each answered with
// one line, in order. See compat-suite/CONTRACT.md.
package session

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"runtime/debug"
	"strings"
	"time"
)

const (
	verbLimit    = 60 * time.Second
	closingLimit = 15 * time.Second
)

// Start is what a session is started with.
type Start struct {
	Bootstrap []string
	ClientID  string
	Security  Security
}

// Answer has the fields of an answer, without the id.
type Answer map[string]any

// Verb does what a request asks.
type Verb func(context.Context, *Request) (Answer, error)

// Driver is a client as the session sees it.
type Driver struct {
	Client string // the name of the client
	Module string // its Go module, whose version is told
	Verbs  map[string]Verb
	Admin  map[string]Verb // calls of the verb admin
	Name   Naming
	Reset  func() // closes all handles
}

// Serve answers requests until standard input ends.
func Serve(arguments []string, open func(Start) (*Driver, error)) error {
	start, err := started(arguments)
	if err != nil {
		return err
	}
	driver, err := open(start)
	if err != nil {
		return err
	}
	driver.Verbs["hello"] = driver.hello
	driver.Verbs["reset"] = driver.reset
	input, output := bufio.NewReader(os.Stdin), json.NewEncoder(os.Stdout)
	output.SetEscapeHTML(false)
	for {
		line, err := input.ReadBytes('\n')
		if len(strings.TrimSpace(string(line))) > 0 {
			if err := output.Encode(driver.answer(line)); err != nil {
				return err
			}
		}
		if errors.Is(err, io.EOF) {
			within(closingLimit, driver.Reset)
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func started(arguments []string) (Start, error) {
	var start Start
	flags := flag.NewFlagSet("session", flag.ContinueOnError)
	bootstrap := flags.String("bootstrap", "", "addresses")
	security := flags.String("security", "{}", "settings of security, as JSON")
	flags.StringVar(&start.ClientID, "client-id", "compat-suite", "client id")
	if err := flags.Parse(arguments); err != nil {
		return start, err
	}
	start.Bootstrap = strings.Split(*bootstrap, ",")
	return start, json.Unmarshal([]byte(*security), &start.Security)
}

// answer never fails: what went wrong is in the answer.
func (driver *Driver) answer(line []byte) Answer {
	request, err := parse(line)
	if err != nil {
		return Answer{"id": nil, "error": InvalidArgument, "message": err.Error()}
	}
	answer, err := driver.do(request)
	if answer == nil {
		answer = Answer{}
	}
	if err != nil {
		problem := driver.Name.Of(err)
		answer["error"], answer["message"] = problem.Name, problem.Message
	}
	answer["id"] = request.ID
	return answer
}

func (driver *Driver) do(request *Request) (answer Answer, err error) {
	verbs, name := driver.Verbs, request.Do
	if name == "admin" {
		verbs, name = driver.Admin, request.Call
	}
	verb, known := verbs[name]
	if !known {
		return nil, Unsupported(name)
	}
	if request.Do == "admin" && request.hasSettings() {
		return nil, Unsupported("settings of the administrator")
	}
	defer func() {
		if panicked := recover(); panicked != nil {
			debug.PrintStack()
			err = fmt.Errorf("panic: %v", panicked)
		}
	}()
	ctx, cancel := context.WithTimeout(context.Background(), verbLimit)
	defer cancel()
	return verb(ctx, request)
}

func (driver *Driver) hello(context.Context, *Request) (Answer, error) {
	return Answer{"client": driver.Client, "version": moduleVersion(driver.Module)}, nil
}

func (driver *Driver) reset(context.Context, *Request) (Answer, error) {
	within(closingLimit, driver.Reset)
	return nil, nil
}

func moduleVersion(module string) string {
	if info, found := debug.ReadBuildInfo(); found {
		for _, dependency := range info.Deps {
			if dependency.Path == module {
				return strings.TrimPrefix(dependency.Version, "v")
			}
		}
	}
	return "unknown"
}

// within waits for an action, but no longer than the limit: it may then go on unwatched.
func within(limit time.Duration, act func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		act()
	}()
	select {
	case <-done:
	case <-time.After(limit):
	}
}
