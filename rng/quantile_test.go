package rng

import (
	"math"
	"testing"

	"nnk/internal/kerneltest"
)

func TestNormalQuantile(t *testing.T) {
	kerneltest.Each(t, func(t *testing.T) {
		worst, above := 0.0, 0
		for _, c := range quantiles {
			got := quantile(c.p)
			ulp := math.Nextafter(math.Abs(c.x), math.Inf(1)) - math.Abs(c.x)
			e := math.Abs(got-c.x-c.rest) / ulp
			worst = max(worst, e)
			if e > 1 {
				above++
			}
			if e > 2 {
				t.Errorf("p = %x: got %x, want %x%+x: %.2f ulp", c.p, got, c.x, c.rest, e)
			}
			p32 := [1]float32{float32(c.p)}
			NormalQuantile(p32[:], p32[:])
			if want := float32(quantile(float64(float32(c.p)))); p32[0] != want {
				t.Errorf("float32 p = %x: got %x, want %x", float32(c.p), p32[0], want)
			}
		}
		t.Logf("largest error %.2f ulp, %d above 1", worst, above)
		if above > 2 {
			t.Errorf("%d errors are above 1 ulp, want only those of the worst points of either tail", above)
		}
	})
	for _, c := range []struct{ p, want float64 }{
		{0, math.Inf(-1)}, {math.Copysign(0, -1), math.Inf(-1)}, {1, math.Inf(1)}, {0.5, 0},
		{math.NaN(), math.NaN()}, {-5e-324, math.NaN()}, {math.Nextafter(1, 2), math.NaN()}, {math.Inf(1), math.NaN()}, {math.Inf(-1), math.NaN()},
	} {
		if got := quantile(c.p); got != c.want && !(math.IsNaN(got) && math.IsNaN(c.want)) {
			t.Errorf("p = %g: got %g, want %g", c.p, got, c.want)
		}
	}
}

// TestQuantileAscends: also across the borders of the three ranges.
func TestQuantileAscends(t *testing.T) {
	for _, p := range []float64{0.125, 0.875, math.Exp(-25), 1 - math.Exp(-25), 0.5} {
		v := make([]float64, 2001)
		for i := range v {
			v[i] = p * (1 + float64(i-1000)*0x1p-44)
		}
		NormalQuantile(v, v)
		for i := range v[1:] {
			if v[i+1] < v[i] {
				t.Errorf("around %g the quantile of step %d is %x, that of the next %x", p, i, v[i], v[i+1])
			}
		}
	}
}

// quantiles are x with Φ(x) = p as x + rest, from 60-digit Newton steps on mpmath's
// erfc: ends, borders of the ranges, random p, and the worst of 6,000 tried.
var quantiles = []struct{ p, x, rest float64 }{
	{0x1p-1074, -0x1.33bd3f27fcd03p+5, -0x1.4fbc2d49a9696p-49},
	{0x1p-1073, -0x1.33985c2232ec1p+5, 0x1.062d6032132eap-50},
	{0x1p-1022, -0x1.2c27b05bf1a0bp+5, 0x1.8f998d8e96f14p-51},
	{0x1.56e1fc2f8f359p-997, -0x1.286074064c26ep+5, 0x1.7286effc11736p-50},
	{0x1.87e92154ef7acp-665, -0x1.e34a1d1f58ae2p+4, -0x1.d591ff611853fp-50},
	{0x1.bff2ee48e0530p-333, -0x1.546010d755221p+4, 0x1.9316f2e0b7de4p-50},
	{0x1.dee7a4ad4b81fp-167, -0x1.dddde6ad81776p+3, -0x1.482a9452651e0p-54},
	{0x1.e8a37a45fc32ep-37, -0x1.aa1b1c13ee526p+2, -0x1.1cced3efc0172p-52},
	{0x1.5fd7fe1796495p-37, -0x1.ad2f7bbec4805p+2, -0x1.9415d8514eed2p-52},
	{0x1.b7cdfd9d7bdbbp-34, -0x1.97203597a2155p+2, 0x1.bd4dbaf9b412bp-52},
	{0x1p-53, -0x1.06b48528cea52p+3, 0x1.32faabac16613p-51},
	{0x1.4f8b588e368f1p-17, -0x1.10f3f8843a3d9p+2, 0x1.e96e27f82d21cp-55},
	{0x1.0624dd2f1a9fcp-10, -0x1.8b8cbb7204471p+1, 0x1.d126f6286f0a3p-54},
	{0x1.47ae147ae147bp-7, -0x1.29c5c4630ff0fp+1, 0x1.f43e9c281ae07p-54},
	{0x1p-4, -0x1.88bc1fbe1dabep+0, -0x1.a2b2b945625e6p-57},
	{0x1.999999999999ap-4, -0x1.4813c36e26d32p+0, -0x1.347eb3cc863aap-54},
	{0x1p-3, -0x1.267d4c07b0567p+0, -0x1.950d2b7795f1ap-54},
	{0x1.fffffffffffffp-4, -0x1.267d4c07b0568p+0, 0x1.340c425e22f6dp-54},
	{0x1.999999999999ap-3, -0x1.aee8fa73a1333p-1, 0x1.6177fb7051fc1p-56},
	{0x1p-2, -0x1.5956b87528a49p-1, -0x1.5c3bae414389dp-55},
	{0x1.999999999999ap-2, -0x1.036d6c4a04b59p-2, -0x1.56d5c67869c6fp-56},
	{0x1.fef9db22d0e56p-2, -0x1.488c93793e58ep-9, -0x1.f4db99115f711p-65},
	{0x1p-1, 0, 0},
	{0x1.fffffffffffffp-2, -0x1.40d931ff62706p-53, 0x1.a6a0d6f814637p-107},
	{0x1.0000000000001p-1, 0x1.40d931ff62706p-52, -0x1.a6a0d6f814636p-106},
	{0x1.0000000800000p-1, 0x1.40d931ff62706p-29, -0x1.a160df7d6bd80p-83},
	{0x1.3333333333333p-1, 0x1.036d6c4a04b59p-2, 0x1.56d5c67869c6fp-56},
	{0x1.8000000000000p-1, 0x1.5956b87528a49p-1, 0x1.5c3bae414389dp-55},
	{0x1.c000000000000p-1, 0x1.267d4c07b0567p+0, 0x1.950d2b7795f1ap-54},
	{0x1.c000000000001p-1, 0x1.267d4c07b056ap+0, -0x1.677c866c62a2cp-55},
	{0x1.ccccccccccccdp-1, 0x1.4813c36e26d33p+0, 0x1.bb17495b8bef6p-59},
	{0x1.fae147ae147aep-1, 0x1.29c5c4630ff0ep+1, 0x1.7780fd771ca13p-57},
	{0x1.ffffde7210be9p-1, 0x1.30381a97985efp+2, 0x1.f72aebc895d6ep-52},
	{0x1.fffffff800000p-1, 0x1.80993fb2838dfp+2, -0x1.25e9b9b8e219fp-54},
	{0x1.fffffffffffffp-1, 0x1.06b48528cea52p+3, -0x1.32faabac16613p-51},
	{0x1.132d8f91b7584p-643, -0x1.db57b992a8f34p+4, 0x1.97e27b45001edp-50},
	{0x1.9ac27c70e1aefp-1, 0x1.b3111192d3c72p-1, -0x1.5a6dab7f3345fp-56},
	{0x1.0530d08f17f5cp-12, -0x1.bda966632478bp+1, -0x1.867f8eed9d24dp-53},
	{0x1.859cde9cc4762p-11, -0x1.96b38990d4274p+1, 0x1.948410a296b8ap-53},
	{0x1.4d9d98184b9dap-321, -0x1.4e4cdf6ea24ddp+4, 0x1.bb594abba9e57p-52},
	{0x1.adfcc918072e8p-13, -0x1.c44a525c538edp+1, 0x1.ef8e4fbc319d2p-54},
	{0x1.d071ef2583660p-646, -0x1.dc2dd30955ce6p+4, -0x1.e72b57591692ap-50},
	{0x1.8f2a0a3764e94p-42, -0x1.cb5f0f8887880p+2, -0x1.0765ea29e6f39p-52},
	{0x1.86499331191c5p-1, 0x1.6d645659bd0dcp-1, 0x1.940826df3a355p-55},
	{0x1.6444349c81394p-4, -0x1.5c0e65ee755dep+0, -0x1.f4dd82fef2ddep-54},
	{0x1.716db1f3511f8p-3, -0x1.d3ea8ba83f376p-1, -0x1.84d829a6a1b57p-55},
	{0x1.2eaba9bc7f50ap-1, 0x1.d81738d269a27p-3, 0x1.c60a6d06cdbebp-57},
	{0x1.cd87e65450c46p-1, 0x1.4a2b9ea9b36eap+0, -0x1.1fb279e2f19dcp-55},
	{0x1.6db9b8341cf40p-86, -0x1.528eac6d5f8a6p+3, 0x1.80f3ef43e5f23p-52},
	{0x1.1534040096d04p-7, -0x1.31b91086674f0p+1, 0x1.dd1fd02ee4a51p-54},
	{0x1.5f7acfcddcc3bp-7, -0x1.2663dae74beb4p+1, 0x1.0ea1842108898p-54},
	{0x1.73a2f3c1dbcdep-21, -0x1.34f154e6ac154p+2, 0x1.ee149df23ea37p-53},
	{0x1.c60647c381e88p-13, -0x1.c2724f1630542p+1, 0x1.2662fc1d4297fp-53},
	{0x1.e0da7fdfbb634p-21, -0x1.31a42c3055edap+2, 0x1.846930f174e3ep-55},
	{0x1.dd5b61587fd28p-5, -0x1.91c7ba3953007p+0, -0x1.e9c38a878f0b0p-55},
	{0x1.5a8be44e00822p-321, -0x1.4e456f3e966b1p+4, -0x1.e28f3236aa0f4p-50},
	{0x1.d6a24a79e3256p-5, -0x1.939847910f9ccp+0, 0x1.e08bdf70fac30p-56},
	{0x1.da5f138160165p-7, -0x1.179149dba340bp+1, 0x1.5f9d3dbd335ffp-53},
	{0x1.acd7053aa42a3p-21, -0x1.331cbd3a1c5dfp+2, 0x1.44e7d05522214p-52},
	{0x1.d82919691b59dp-1, 0x1.6b81b325f083cp+0, 0x1.a067fc02b1370p-55},
	{0x1.7cbc6ca11d458p-163, -0x1.d8690c257b8aep+3, -0x1.0343166bf1f43p-53},
	{0x1.b84ae952f80f6p-1, 0x1.148010f0ff874p+0, -0x1.e6fb3ea105361p-57},
	{0x1.7c7db8154ae0bp-161, -0x1.d5693457fbbacp+3, 0x1.e384407c2ab08p-51},
	{0x1.f24e1ead842a7p-21, -0x1.312e8fec1e6ffp+2, 0x1.9089bde8932e2p-53},
	{0x1.df7523fde6c5ep-7, -0x1.170773c904a10p+1, -0x1.cd7846c5a9f5cp-53},
	{0x1.03f383f51f4e0p-81, -0x1.490f092b5977dp+3, 0x1.3cf7f4fbcc7cap-55},
	{0x1.84cfef4da98f0p-6, -0x1.fb6e32141ea69p+0, 0x1.71f8bfe76c0e2p-54},
	{0x1.2cd75d7e4d071p-11, -0x1.a034118bcfbebp+1, -0x1.f29121d4cab3ap-56},
	{0x1.b140c9bc37ed2p-21, -0x1.32fb2121fdaadp+2, -0x1.be550801bdc5ap-52},
	{0x1.92cb4acb646d0p-642, -0x1.dac3b51ba4849p+4, 0x1.b2e14145df882p-52},
	{0x1.1ad5e9ebc09e0p-7, -0x1.30c6904135c18p+1, -0x1.6952f71d998f0p-53},
	{0x1.7cca43b308abdp-7, -0x1.227d02690492dp+1, 0x1.05a95a9a2eee9p-53},
	{0x1.a841edd51650cp-3, -0x1.a1f56a258791dp-1, 0x1.d72dcce86ea66p-56},
	{0x1.77ef4f463f09ap-162, -0x1.d6f095e81edd5p+3, 0x1.b1223d6f55e31p-51},
	{0x1.8d3a97ab2ac69p-161, -0x1.d551455eac3d6p+3, 0x1.8696390c395b1p-51},
	{0x1.fff539c5999bbp-1, 0x1.e255a87b1151fp+1, -0x1.404dd694d3513p-53},
	{0x1.b660e935fd568p-619, -0x1.d20d7058b672ap+4, 0x1.7249c437de817p-50},
}
