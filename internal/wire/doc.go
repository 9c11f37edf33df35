// Package wire is the protobuf form of the messages of the exchange study, as
// protoc generates it from wire.proto. To generate it anew one needs protoc
// (Debian: protobuf-compiler; 3.21.12 was used) and its plugin for Go:
//
//	go install google.golang.org/protobuf/cmd/protoc-gen-go@v1.36.12
//
// The generated file is committed, so that to build takes neither.
package wire

//go:generate protoc --go_out=. --go_opt=paths=source_relative wire.proto
