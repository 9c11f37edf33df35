package result

// AppendBlank writes that a cell cannot exist, as it turned out while measuring.
func (w *Writer) AppendBlank(b Blank) error {
	return w.append(func() error {
		name, err := checkedName(b.Cell)
		if err != nil {
			return err
		}
		return w.enc.comment("blank ", blankLine{name, clip(b.Reason, maxText)})
	})
}
