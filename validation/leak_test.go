package validation_test

import (
	"testing"

	"go.uber.org/goleak"
)

// TestMain fails when a goroutine is left behind by the tests of this package.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
