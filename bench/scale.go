package main

import "time"

func scale(program string, window time.Duration, svg string) error { return nil }
