"""Rosenbrock methods as data: coefficients in the form that needs no product with the Jacobian.

One step of size h from y, with u_s the argument of stage s and W = 1/(h gamma) - J:

    W k_s = f(u_s) + sum_{j<s} C[s][j] k_j / h,     u_s = y + sum_{j<s} A[s][j] k_j

The last stages add their predecessor instead (u_s = u_{s-1} + k_{s-1}): the method is stiffly accurate, the new value
is u_last + k_last, and k_last itself is the error estimate. Between the ends, with 0 <= x <= 1,

    y(t + x h) = (1-x) y + x (y_new + (1-x)(d_1 + x (d_2 + x d_3)))     d_i = sum_j DENSE[i][j] k_j
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Method:
    """A stiffly accurate Rosenbrock method; letters as in its paper."""

    name: str
    order: int
    gamma: float
    A: tuple[tuple[float, ...], ...]  # rows for stages 2, 3, ... as long as they are not a tail stage
    C: tuple[tuple[float, ...], ...]  # rows for stages 2, 3, ... to the last
    dense: tuple[tuple[float, ...], ...]

    @property
    def stages(self) -> int:
        """Number of stages."""
        return len(self.C) + 1


# Rodas5P: order 5, L-stable, embedded order 4, dense output of order 4. G. Steinebach, Construction of
# Rosenbrock-Wanner method Rodas5P and numerical benchmarks within the Julia Differential Equations package, BIT 63
# (2023) 27, doi 10.1007/s10543-023-00967-x. Coefficients recalled; the tests confirm order, L-stability, dense output.
RODAS5P = Method(
    name="Rodas5P",
    order=5,
    gamma=0.21193756319429014,
    A=(
        (3.0,),
        (2.849394379747939, 0.45842242204463923),
        (-6.954028509809101, 2.489845061869568, -10.358996098473584),
        (2.8029986275628964, 0.5072464736228206, -0.3988312541770524, -0.04721187230404641),
        (-7.502846399306121, 2.561846144803919, -11.627539656261098, -0.18268767659942256, 0.030198172008377946),
    ),
    C=(
        (-14.155112264123755,),
        (-17.97296035885952, -2.859693295451294),
        (147.12150275711716, -1.41221402718213, 71.68940251302358),
        (165.43517024871676, -0.4592823456491126, 42.90938336958603, -5.961986721573306),
        (24.854864614690072, -3.0009227002832186, 47.4931110020768, 5.5814197821558125, -0.6610691825249471),
        (30.91273214028599, -3.1208243349937974, 77.79954646070892, 34.28646028294783, -19.097331116725623,
         -28.087943162872662),
        (37.80277123390563, -3.2571969029072276, 112.26918849496327, 66.9347231244047, -40.06618937091002,
         -54.66780262877968, -9.48861652309627),
    ),
    dense=(
        (25.948786856663858, -2.5579724845846235, 10.433815404888879, -2.3679251022685204, 0.524948541321073,
         1.1241088310450404, 0.4272876194431874, -0.17202221070155493),
        (-9.91568850695171, -0.9689944594115154, 3.0438037242978453, -24.495224566215796, 20.176138334709044,
         15.98066361424651, -6.789040303419874, -6.710236069923372),
        (11.419903575922262, 2.8879645146136994, 72.92137995996029, 80.12511834622643, -52.072871366152654,
         -59.78993625266729, -0.15582684282751913, 4.883087185713722),
    ),
)  # fmt: skip

# Rodas4: order 4, L-stable, embedded order 3. E. Hairer and G. Wanner, Solving Ordinary Differential Equations II
# (1996), section VI.4. Kept as the lower-order rival that the tests and the benchmark measure.
RODAS4 = Method(
    name="Rodas4",
    order=4,
    gamma=0.25,
    A=(
        (1.544,),
        (0.9466785280815826, 0.2557011698983284),
        (3.314825187068521, 2.896124015972201, 0.9986419139977817),
        (1.221224509226641, 6.019134481288629, 12.53708332932087, -0.6878860361058950),
    ),
    C=(
        (-5.6688,),
        (-2.430093356833875, -0.2063599157091915),
        (-0.1073529058151375, -9.594562251023355, -20.47028614809616),
        (7.496443313967647, -10.24680431464352, -33.99990352819905, 11.70890893206160),
        (8.083246795921522, -7.981132988064893, -31.52159432874371, 16.31930543123136, -6.058818238834054),
    ),
    dense=(
        (10.12623508344586, -7.487995877610167, -34.80091861555747, -7.992771707568823, 1.025137723295662, 0.0),
        (-0.6762803392801253, 6.087714651680015, 16.43084320892478, 24.76722511418386, -6.594389125716872, 0.0),
        (0.0, 0.0, 0.0, 0.0, 0.0, 0.0),
    ),
)
