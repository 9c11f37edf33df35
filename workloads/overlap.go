package workloads

import "reflect"

// overlap reports whether memory that b reaches through slices, pointers and
// maps is memory that a reaches too. Strings cannot be written and do not count.
func overlap(a, b any) bool {
	spans := reach(reflect.ValueOf(a), nil)
	for _, s := range reach(reflect.ValueOf(b), nil) {
		for _, t := range spans {
			if s.from < t.to && t.from < s.to {
				return true
			}
		}
	}
	return false
}

// A span is a range of addresses.
type span struct{ from, to uintptr }

// reach appends the memory that v refers to. Values of tasks are trees (they
// can be encoded), so there is no cycle to guard against.
func reach(v reflect.Value, spans []span) []span {
	switch v.Kind() {
	case reflect.Slice:
		size := uintptr(v.Cap()) * v.Type().Elem().Size()
		spans = append(spans, span{v.Pointer(), v.Pointer() + size})
		if !holdsReferences(v.Type().Elem()) {
			return spans
		}
		for i := range v.Len() {
			spans = reach(v.Index(i), spans)
		}
	case reflect.Pointer:
		if !v.IsNil() {
			spans = append(spans, span{v.Pointer(), v.Pointer() + v.Type().Elem().Size()})
			spans = reach(v.Elem(), spans)
		}
	case reflect.Map:
		if v.IsNil() {
			return spans
		}
		spans = append(spans, span{v.Pointer(), v.Pointer() + 1})
		for it := v.MapRange(); it.Next(); {
			spans = reach(it.Value(), spans)
		}
	case reflect.Struct:
		for i := range v.NumField() {
			spans = reach(v.Field(i), spans)
		}
	case reflect.Array:
		for i := range v.Len() {
			spans = reach(v.Index(i), spans)
		}
	case reflect.Interface:
		if !v.IsNil() {
			spans = reach(v.Elem(), spans)
		}
	}
	return spans
}

func holdsReferences(t reflect.Type) bool {
	switch t.Kind() {
	case reflect.Slice, reflect.Pointer, reflect.Map, reflect.Interface:
		return true
	case reflect.Array:
		return holdsReferences(t.Elem())
	case reflect.Struct:
		for i := range t.NumField() {
			if holdsReferences(t.Field(i).Type) {
				return true
			}
		}
	}
	return false
}
