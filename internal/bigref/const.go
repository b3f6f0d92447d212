package bigref

import (
	"math/big"
	"sync"
)

// constants are kept with the most bits that were asked for.
var constants struct {
	sync.Mutex
	pi, ln2 *big.Float
}

// Pi returns π, by Machin's 16·arctan(1/5) − 4·arctan(1/239) in integers.
func (p Prec) Pi() *big.Float {
	return p.constant(&constants.pi, func(one *big.Int) *big.Int {
		x := acot(one, 5, true)
		return x.Mul(x, big.NewInt(4)).Sub(x, acot(one, 239, true)).Mul(x, big.NewInt(4))
	})
}

// Ln2 returns ln 2 = 18·arcoth 26 − 2·arcoth 4801 + 8·arcoth 8749.
func (p Prec) Ln2() *big.Float {
	return p.constant(&constants.ln2, func(one *big.Int) *big.Int {
		x := acot(one, 26, false)
		x.Mul(x, big.NewInt(18))
		y := acot(one, 4801, false)
		x.Sub(x, y.Mul(y, big.NewInt(2)))
		y = acot(one, 8749, false)
		return x.Add(x, y.Mul(y, big.NewInt(8)))
	})
}

func (p Prec) constant(kept **big.Float, compute func(one *big.Int) *big.Int) *big.Float {
	constants.Lock()
	defer constants.Unlock()
	if *kept == nil || (*kept).Prec() < uint(p) {
		bits := uint(p) + guard
		v := new(big.Float).SetPrec(bits).SetInt(compute(new(big.Int).Lsh(big.NewInt(1), bits)))
		*kept = v.SetMantExp(v, -int(bits))
	}
	return p.round(*kept)
}

// acot returns arctan(1/n) (alternating) or artanh(1/n) times one.
func acot(one *big.Int, n int64, alternating bool) *big.Int {
	sum, square := new(big.Int), big.NewInt(n*n)
	power := new(big.Int).Quo(one, big.NewInt(n))
	for k := int64(1); power.Sign() != 0; k += 2 {
		term := new(big.Int).Quo(power, big.NewInt(k))
		if alternating && k%4 == 3 {
			term.Neg(term)
		}
		sum.Add(sum, term)
		power.Quo(power, square)
	}
	return sum
}
