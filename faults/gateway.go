package faults

import (
	"fmt"
	"net/http"
	"time"
)

// gatewayHTML is a page of our own in the manner of a proxy: HTML where a client
// expects JSON.
const gatewayHTML = "<html>\r\n<head><title>%[1]s</title></head>\r\n<body>\r\n" +
	"<center><h1>%[1]s</h1></center>\r\n<hr><center>gateway</center>\r\n</body>\r\n</html>\r\n"

// gatewayPage is what stands in front of an API answers when the API does not.
func gatewayPage(name string, retryAfter time.Duration) Answer {
	status, title := gatewayStatus(name)
	header := http.Header{"Content-Type": {"text/html"}}
	if retryAfter > 0 {
		header.Set("Retry-After", seconds(retryAfter))
	}
	return Answer{Status: status, Header: header, Body: fmt.Appendf(nil, gatewayHTML, title)}
}

// gatewayStatus returns the status and the title proxies commonly give it.
func gatewayStatus(name string) (status int, title string) {
	switch name {
	case ServiceUnavailable:
		return http.StatusServiceUnavailable, "503 Service Temporarily Unavailable"
	case GatewayTimeout:
		return http.StatusGatewayTimeout, "504 Gateway Time-out"
	default:
		return http.StatusBadGateway, "502 Bad Gateway"
	}
}
