package session

import (
	"encoding/json"
	"slices"
	"strings"
)

// NewTopic is one to create.
type NewTopic struct {
	Name        string
	Partitions  *int32
	Replicas    *int16
	Configs     map[string]*string
	Assignments [][]int32 // the replicas of each partition
}

const byServer = -1

// Count is how many partitions to ask for: the server's default when nothing is said.
func (topic NewTopic) Count() int32 {
	if topic.Partitions == nil || topic.Assignments != nil {
		return byServer
	}
	return *topic.Partitions
}

// Factor is how many replicas to ask for: the server's default when nothing is said.
func (topic NewTopic) Factor() int16 {
	if topic.Replicas == nil || topic.Assignments != nil {
		return byServer
	}
	return *topic.Replicas
}

// CreatingTopics are the arguments of create-topics.
type CreatingTopics struct {
	Topics       []NewTopic
	ValidateOnly bool `json:"validate_only"`
}

// CreatingPartitions are the arguments of create-partitions.
type CreatingPartitions struct {
	Topics      map[string]int32     // how many there are to be in all
	Assignments map[string][][]int32 // the replicas of each new one
}

// AlteringConfigs are the arguments of alter-configs and replace-configs.
type AlteringConfigs struct {
	Resource Resource
	Set      map[string]*string
	Delete   []string
	Append   map[string]*string
	Subtract map[string]*string
}

// DescribingConfigs are the arguments of describe-configs.
type DescribingConfigs struct {
	Resources []Resource
	Names     []string
}

// ACL is a rule, or a filter where nothing is said of what may be any.
type ACL struct {
	ResourceType string  `json:"resource_type"`
	Name         *string `json:"name"`
	Pattern      string  `json:"pattern"`
	Principal    *string `json:"principal"`
	Host         *string `json:"host"`
	Operation    string  `json:"operation"`
	Permission   string  `json:"permission"`
}

// SortACLs puts them in the order of their JSON text, which is that of their fields.
func SortACLs(acls []ACL) []ACL {
	text := func(acl ACL) string {
		content, _ := json.Marshal(acl)
		return string(content)
	}
	slices.SortFunc(acls, func(left, right ACL) int { return strings.Compare(text(left), text(right)) })
	return acls
}

// Credential is of SCRAM.
type Credential struct {
	User       string
	Mechanism  string
	Iterations int32
	Password   string
}

// AlteringCredentials are the arguments of alter-scram.
type AlteringCredentials struct {
	Upsert []Credential
	Delete []Credential
}

// AlteringQuotas are the arguments of alter-quotas. An entity's name is null for the default one.
type AlteringQuotas struct {
	Entity map[string]*string
	Set    map[string]float64
	Delete []string
}
