//go:build linux || darwin

package guardmem

import (
	"fmt"
	"syscall"
)

// pages maps enough whole pages for n bytes with a page on either side that may
// not be touched, and returns the usable part.
func pages(n int) (usable []byte, release func(), err error) {
	page := syscall.Getpagesize()
	body := max((n+page-1)/page, 1) * page
	m, err := syscall.Mmap(-1, 0, body+2*page, syscall.PROT_READ|syscall.PROT_WRITE, syscall.MAP_ANON|syscall.MAP_PRIVATE)
	if err != nil {
		return nil, nil, fmt.Errorf("guardmem: mmap of %d bytes: %w", body+2*page, err)
	}
	release = func() { _ = syscall.Munmap(m) } // nothing can be done about a failure to give memory back
	for _, guard := range [][]byte{m[:page], m[page+body:]} {
		if err := syscall.Mprotect(guard, syscall.PROT_NONE); err != nil {
			release()
			return nil, nil, fmt.Errorf("guardmem: mprotect: %w", err)
		}
	}
	return m[page : page+body : page+body], release, nil
}
