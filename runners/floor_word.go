package runners

import (
	"errors"
	"io"
	"os"

	"github.com/nonrev/nonrev/internal/proc"
)

// A wordLine hands over words in shared memory: no payload is copied.
type wordLine struct {
	*partner
	noted
	words *proc.Words
	wait  func(w *proc.Word, taken uint32) bool
	wake  bool
	taken uint32
	ended chan struct{}
}

// noPayload is looked at in place of one.
var noPayload = make([]byte, 8)

func newWordLine(s ExchangeSetup, number int, cpus [2]int) (line, error) {
	words, f, err := proc.NewWords()
	if err != nil {
		return nil, err
	}
	l := &wordLine{words: words, wait: words.Spin, ended: make(chan struct{})}
	if s.Transport == futex {
		l.wait, l.wake = words.Sleep, true
	}
	if l.partner, err = startPartner(s, number, cpus[1], [2]*os.File{f, f}); err != nil {
		return nil, errors.Join(err, words.Close())
	}
	go l.attend()
	return l, nil
}

// attend ends the waiting for a process that has ended.
func (l *wordLine) attend() {
	_ = l.partner.wait() // blame and close ask again
	l.words.Gone()
	close(l.ended)
}

func (l *wordLine) send(stamp uint64) error {
	if isTimed(stamp) {
		l.at.began = moment()
	}
	l.words.There.Stamp = stamp
	l.words.There.Give(l.wake)
	return nil
}

func (l *wordLine) receive() (*answer, error) {
	if !l.wait(&l.words.Back, l.taken) {
		return nil, io.EOF
	}
	l.taken++
	l.last.stamp, l.last.value = l.words.Back.Stamp, l.words.Back.Value
	if isTimed(l.last.stamp) {
		l.at.decoded = moment()
	}
	return &l.last, nil
}

func (l *wordLine) renew(uint64) (sum, see uint64) {
	m := message{Flat: noPayload}
	return sumOf(&m), look(&m)
}

// stampClose is handed over last.
const stampClose = ^uint64(0)

func (l *wordLine) close() error {
	l.words.There.Stamp = stampClose
	l.words.There.Give(true)
	err := l.partner.close()
	<-l.ended
	return errors.Join(err, l.words.Close())
}

func answerWords(sleeps bool) error {
	words, err := proc.JoinWords()
	if err != nil {
		return err
	}
	wait := words.Spin
	if sleeps {
		wait = words.Sleep
	}
	var r receiver
	m := message{Flat: noPayload}
	for taken := uint32(0); wait(&words.There, taken); taken++ {
		m.Stamp = words.There.Stamp
		if m.Stamp == stampClose {
			return nil
		}
		words.Back.Stamp, words.Back.Value = m.Stamp, r.answer(&m)
		words.Back.Give(sleeps)
		if err := r.mark(m.Stamp); err != nil {
			return err
		}
	}
	return nil
}
