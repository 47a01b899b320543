// echo.go PORT-FILE - the echo of bench_http on Go's net/http; writes ADDRESS:PORT to the file once it listens.
package main

import (
	"io"
	"net"
	"net/http"
	"os"
)

func main() {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		os.Exit(1)
	}
	os.WriteFile(os.Args[1]+".new", []byte(listener.Addr().String()+"\n"), 0o600)
	os.Rename(os.Args[1]+".new", os.Args[1])
	http.Serve(listener, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		w.Header().Set("Content-Type", "application/json")
		w.Write(body)
	}))
}
