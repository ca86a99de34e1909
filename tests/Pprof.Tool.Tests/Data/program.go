// Records the profiles beside it, of a program that is no .NET one:
//
//	go build -trimpath -o /tmp/go-program program.go && /tmp/go-program .
package main

import (
	"compress/gzip"
	"context"
	"fmt"
	"io"
	"os"
	"runtime"
	"runtime/pprof"
	"sort"
	"time"
)

type node struct {
	data [64]byte
}

var kept []*node
var sink int

func tiny(x int) int { return x*31 + 7 }

func mix(n int) int {
	s := 0
	for i := 0; i < n; i++ {
		s = tiny(s) ^ tiny(i)
	}
	return s
}

func sorted(n int) {
	v := make([]int, n)
	for i := range v {
		v[i] = (i * 7919) % n
	}
	sort.Ints(v)
	sink += v[0]
}

func keep(n int) {
	for i := 0; i < n; i++ {
		kept = append(kept, &node{})
	}
}

func compress() {
	w, _ := gzip.NewWriterLevel(io.Discard, 6)
	b := make([]byte, 1<<16)
	for i := range b {
		b[i] = byte(i * i)
	}
	w.Write(b)
	w.Close()
}

func name(kind string, i int) string {
	return fmt.Sprintf("%s/%s%d.pb.gz", os.Args[1], kind, i)
}

func recordCPU(file string, times int) {
	f, _ := os.Create(file)
	defer f.Close()
	pprof.StartCPUProfile(f)
	defer pprof.StopCPUProfile()
	end := time.Now().Add(2 * time.Second)
	for time.Now().Before(end) {
		pprof.Do(context.Background(), pprof.Labels("route", "/mix"), func(context.Context) { sink += mix(times * 200000) })
		pprof.Do(context.Background(), pprof.Labels("route", "/sort", "tenant", "acme"), func(context.Context) { sorted(20000) })
		keep(100)
		compress()
	}
}

func main() {
	runtime.MemProfileRate = 4096
	for i := 1; i <= 2; i++ {
		recordCPU(name("go-cpu", i), i)
	}
	for i := 1; i <= 2; i++ {
		runtime.GC()
		h, _ := os.Create(name("go-heap", i))
		pprof.Lookup("heap").WriteTo(h, 0)
		h.Close()
		keep(20000)
		kept = kept[len(kept)/4:]
		sorted(500000)
	}
}
