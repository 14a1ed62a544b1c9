package conduct

import (
	"fmt"
	"slices"
	"time"
)

// judgeSpread asks whether the gaps before the same attempt differ from call to
// call. If they do not, callers that failed together come back together.
func judgeSpread(trails []*trail, _ present) ruling {
	var samples int
	var strayed, medians time.Duration
	var shown evidence
	for _, group := range ordinals(trails) {
		if len(group) < enoughSamples {
			continue
		}
		median := medianGap(group)
		for _, s := range group {
			strayed += (s.gap - median).Abs()
		}
		free := len(group) - 1 // the median is one of them and does not stray
		medians += median * time.Duration(free)
		samples += free
		shown.add(nil, group...) // it takes several calls to be in step
	}
	if samples == 0 {
		return notMet(fmt.Sprintf(`No client retried %d calls after a gap of its own choice; arm "InternalServerError p=0.7" and make ten calls.`, enoughSamples))
	}
	deviation, share := strayed/time.Duration(samples), float64(strayed)/float64(max(medians, 1))
	measure := fmt.Sprintf("%s stray %s on average, %.1f%%, from the median gap of the same ordinal", plural(samples, "gap"), span(deviation), 100*share)
	if deviation < noise || share < same {
		return fail(shown, fmt.Sprintf("%s; under %s or %.0f%% is in step, so clients that failed together come back together: add jitter.", measure, span(noise), 100*same))
	}
	return pass(shown, fmt.Sprintf("%s; under %s or %.0f%% would be in step.", measure, span(noise), 100*same))
}

// ordinal is the place of an attempt in a client's calls.
type ordinal struct {
	client string
	index  int
}

// ordinals returns the attempts that follow a gap of the caller's choice, those
// of the same ordinal together.
func ordinals(trails []*trail) [][]step {
	var groups [][]step
	index := map[ordinal]int{}
	for _, t := range trails {
		for i, s := range t.steps {
			if !s.backsOff() {
				continue
			}
			o := ordinal{clientOf(s.Exchange), i}
			n, known := index[o]
			if !known {
				n = len(groups)
				index[o], groups = n, append(groups, nil)
			}
			groups[n] = append(groups[n], s)
		}
	}
	return groups
}

func medianGap(group []step) time.Duration {
	sorted := slices.SortedFunc(slices.Values(group), shorter)
	return sorted[len(sorted)/2].gap
}
