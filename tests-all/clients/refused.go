// Refused uploads, then a good one with the same client, as Go programs send them: with net/http and its default
// transport. Arguments as in refused.py.
package main

import (
	"bytes"
	"encoding/hex"
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"
)

func main() {
	port, key, good, path, kind, usedKey := os.Args[1], os.Args[2], os.Args[3], os.Args[4], os.Args[5], os.Args[6]
	size, _ := strconv.Atoi(os.Args[7])
	body := make([]byte, size)
	start, _ := hex.DecodeString(os.Args[8])
	copy(body, start)
	photo, err := os.ReadFile(good)
	if err != nil {
		panic(err)
	}
	post(port, path, kind, usedKey, body)
	post(port, "/v1/cutouts", "image/png", key, photo)
}

func post(port, path, kind, key string, body []byte) {
	request, err := http.NewRequest("POST", "http://127.0.0.1:"+port+path, bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", kind)
	request.Header.Set("X-Api-Key", key)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		fmt.Println("net/http", err)
		return
	}
	defer answer.Body.Close()
	text, _ := io.ReadAll(answer.Body)
	has := "False"
	if len(text) > 0 {
		has = "True"
	}
	fmt.Println("net/http", answer.StatusCode, has)
}
