//! The fine pattern: rings of waves, each drawn nine times a little further round, as on a banknote.
//!
//! It runs from the frame into the code's ground, so that another code pasted over it breaks the lines. Under the
//! code it is so light (above 70 % luminance) that a reader does not see it.

use crate::print::canvas::{Canvas, Ink, Path, Step, Transform};

/// Radius and height of the waves as parts of the panel's side, and the number of waves.
const RINGS: [(f64, f64, u32); 4] = [(0.62, 0.0537, 16), (0.47, 0.0501, 14), (0.31, 0.0454, 12), (0.16, 0.0341, 10)];
/// How often each ring is drawn; the copies share one wave's width.
const COPIES: u32 = 9;
/// Curve segments in one wave.
const SEGMENTS: u32 = 6;

/// Draws the pattern around a centre, for a panel of this side.
pub(super) fn draw(canvas: &mut dyn Canvas, (x, y): (f64, f64), side: f64, ink: Ink, width: f64) {
    for (radius, height, waves) in RINGS {
        let ring = ring(radius * side, height * side, waves);
        for copy in 0..COPIES {
            let degrees = 360.0 / f64::from(waves * COPIES) * f64::from(copy);
            canvas.push(Transform::turn(degrees, x, y));
            canvas.stroke(&ring, ink, width);
            canvas.pop();
        }
    }
}

/// A closed wave around the origin, smooth at every joint.
fn ring(radius: f64, height: f64, waves: u32) -> Path {
    let count = waves * SEGMENTS;
    let point = |step: u32| {
        let angle = f64::from(step) / f64::from(count) * std::f64::consts::TAU;
        let phase = angle * f64::from(waves);
        let r = radius + height * (phase.sin() + 0.5 * (2.0 * phase).sin());
        (r * angle.cos(), r * angle.sin())
    };
    let (x, y) = point(0);
    let mut path = Path(vec![Step::Move(x, y)]);
    for step in 0..count {
        // Catmull-Rom through four points, as a Bézier curve.
        let [before, from, to, after] = [point(step + count - 1), point(step), point(step + 1), point(step + 2)];
        path.0.push(Step::Curve([
            from.0 + (to.0 - before.0) / 6.0,
            from.1 + (to.1 - before.1) / 6.0,
            to.0 - (after.0 - from.0) / 6.0,
            to.1 - (after.1 - from.1) / 6.0,
            to.0,
            to.1,
        ]));
    }
    path.0.push(Step::Close);
    path
}
