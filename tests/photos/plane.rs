//! A flat card seen by a camera: the projective map from the card's plane to the picture and back.

/// Maps (x, y) to ((a x + b y + c) / (g x + h y + i), (d x + e y + f) / (…)).
#[derive(Clone, Copy)]
pub(crate) struct Projection([f32; 9]);

impl Projection {
    /// A card turned by `rotation` in its plane, then tilted by `tilt` about an axis in the plane that points to `axis`
    /// (all in radians), `scale` pixels a unit at its middle, which lands on `centre`; seen from `distance` units away.
    pub(crate) fn camera(rotation: f32, tilt: f32, axis: f32, scale: f32, centre: (f32, f32), distance: f32) -> Self {
        // Turn so that the axis is horizontal, squeeze and recede across it, turn back.
        let (s1, c1) = (rotation - axis).sin_cos();
        let (s2, c2) = axis.sin_cos();
        let (st, ct) = tilt.sin_cos();
        let turned = [[c1, -s1], [s1 * ct, c1 * ct]];
        let depth = [s1 * st / distance, c1 * st / distance];
        let back = |x: [f32; 2], y: [f32; 2]| {
            [[c2 * x[0] - s2 * y[0], c2 * x[1] - s2 * y[1]], [s2 * x[0] + c2 * y[0], s2 * x[1] + c2 * y[1]]]
        };
        let [x, y] = back(turned[0], turned[1]);
        let w = [depth[0], depth[1], 1.0];
        let row = |line: [f32; 2], to: f32| [scale * line[0] + to * w[0], scale * line[1] + to * w[1], to];
        let ([a, b, c], [d, e, f]) = (row(x, centre.0), row(y, centre.1));
        Self([a, b, c, d, e, f, w[0], w[1], w[2]])
    }

    pub(crate) fn map(&self, x: f32, y: f32) -> (f32, f32) {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        let w = g * x + h * y + i;
        ((a * x + b * y + c) / w, (d * x + e * y + f) / w)
    }

    /// From the picture to the card: the adjugate, since the scale of a projective map does not matter.
    pub(crate) fn inverse(&self) -> Self {
        let [a, b, c, d, e, f, g, h, i] = self.0;
        Self([
            e * i - f * h,
            c * h - b * i,
            b * f - c * e,
            f * g - d * i,
            a * i - c * g,
            c * d - a * f,
            d * h - e * g,
            b * g - a * h,
            a * e - b * d,
        ])
    }
}
