package verifytest

import (
	"net/http"
	"strconv"
	"time"
)

// How slow "slow" is.
const (
	slowStep = 100 * time.Millisecond // between two bytes
	slowest  = 5 * time.Second
)

// serve answers a request.
func (p *Publisher) serve(w http.ResponseWriter, r *http.Request) {
	p.mu.Lock()
	path := r.URL.Path
	p.asked = append(p.asked, path)
	d, way := p.find(path)
	p.mu.Unlock()
	switch way {
	case "missing":
		http.NotFound(w, r)
		return
	case "unreachable":
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	w.Header().Set("Content-Type", "application/octet-stream")
	w.Header().Set("Content-Length", strconv.Itoa(len(d.data)))
	switch way {
	case "cut":
		w.Header().Set("Content-Length", strconv.Itoa(max(len(d.data), 1))) // also what is empty is cut
		_, _ = w.Write(d.data[:len(d.data)/2])
		flush(w)
		panic(http.ErrAbortHandler) //nolint:forbidigo // it is how a connection is cut
	case "slow":
		trickle(w, r, d.data)
	default:
		_, _ = w.Write(d.data)
	}
}

func flush(w http.ResponseWriter) { _ = http.NewResponseController(w).Flush() }

// trickle sends a byte at a time until the client goes, or it has had enough.
func trickle(w http.ResponseWriter, r *http.Request, data []byte) {
	for i := range min(len(data), int(slowest/slowStep)) {
		select {
		case <-r.Context().Done():
			return
		case <-time.After(slowStep):
			_, _ = w.Write(data[i : i+1])
			flush(w)
		}
	}
	if len(data) > int(slowest/slowStep) {
		panic(http.ErrAbortHandler) //nolint:forbidigo // it is how a connection is cut
	}
}
