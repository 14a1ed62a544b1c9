// Package knot is the domain of the sandbox: the products, values, errors and
// sessions of the emulated API, and for each of them how we know it.
//
// It depends on the standard library alone and does no input or output, so
// every other package can speak in its terms.
package knot
