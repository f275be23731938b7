package session

import (
	"bytes"
	"encoding/json"
	"maps"
	"strings"
)

// Request is a line of the session.
type Request struct {
	ID     json.RawMessage
	Do     string
	Call   string
	fields map[string]json.RawMessage
}

// addressing are the fields that say who does what; all others are arguments of the verb.
var addressing = []string{"id", "do", "call", "settings", "producer", "consumer"}

func parse(line []byte) (*Request, error) {
	request := &Request{ID: json.RawMessage("null")}
	if err := json.Unmarshal(line, &request.fields); err != nil {
		return nil, err
	}
	if id, given := request.fields["id"]; given {
		request.ID = id
	}
	for name, target := range map[string]*string{"do": &request.Do, "call": &request.Call} {
		if content, given := request.fields[name]; given {
			if err := json.Unmarshal(content, target); err != nil {
				return nil, err
			}
		}
	}
	return request, nil
}

// Into fills a struct with the arguments of the verb. What the struct has no field for is unsupported.
func (request *Request) Into(arguments any) error {
	fields := maps.Clone(request.fields)
	for _, name := range addressing {
		delete(fields, name)
	}
	content, err := json.Marshal(fields)
	if err != nil {
		return err
	}
	return Strictly(content, arguments)
}

// hasSettings tells whether there are any in the request.
func (request *Request) hasSettings() bool {
	settings := map[string]json.RawMessage{}
	_ = json.Unmarshal(request.fields["settings"], &settings)
	return len(settings) > 0
}

// Names tells whether the request has this field.
func (request *Request) Names(field string) bool {
	content, given := request.fields[field]
	return given && string(content) != "null"
}

// Handle gives the name of the producer or consumer that is meant, and the settings to open it with.
func (request *Request) Handle(kind string) (name string, settings json.RawMessage) {
	settings = request.fields["settings"]
	given, found := request.fields[kind]
	switch {
	case !found || string(given) == "null":
		return kind, settings
	case json.Unmarshal(given, &name) == nil:
		return name, settings
	default:
		return kind, given
	}
}

// Strictly decodes JSON into a struct that names all that is known.
func Strictly(content []byte, target any) error {
	if len(content) == 0 {
		return nil
	}
	decoder := json.NewDecoder(bytes.NewReader(content))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(target)
	if err == nil {
		return nil
	}
	if _, unknown, found := strings.Cut(err.Error(), "unknown field "); found {
		return Unsupported(strings.Trim(unknown, `"`))
	}
	return Invalid(err.Error())
}
