//! One photo of one or two payment codes, and what a reader has to find in it.

use std::f32::consts::TAU;
use std::io::Cursor;

use choqr::payment_code::{City, MerchantName, Purpose, TransferCode, Vnd, bank::Bin};
use choqr::print::{Ec, Symbol};

use super::canvas::{Canvas, Colour};
use super::plane::Projection;
use super::random::Random;

/// A photo with what it shows.
pub(crate) struct Photo {
    pub(crate) jpeg: Vec<u8>,
    pub(crate) payloads: Vec<String>,
}

/// How a photo was taken; ranges are those of the acceptance: tilt up to 30 degrees, blur up to half a module,
/// small glare, dim light, codes from 130 pixels, JPEG quality 50.
struct Taken {
    side: f32,
    blur: f32,
    moved: bool,
    near: f32,
    far: f32,
    noise: f32,
    glare: bool,
}

/// Makes one photo of the set.
pub(crate) fn photo(seed: u64, number: u64) -> Photo {
    let mut random = Random::of(seed, number);
    let two = random.chance(0.2);
    let taken = Taken {
        side: if random.chance(0.4) { random.between(130.0, 170.0) } else { random.between(170.0, 420.0) },
        blur: random.between(0.0, 0.5),
        moved: random.chance(0.25),
        near: random.between(0.25, 1.0),
        far: random.between(0.25, 1.0),
        noise: random.between(1.0, 8.0),
        glare: random.chance(0.4),
    };
    taken_of(random, two, &taken)
}

/// Two codes side by side, taken well.
pub(crate) fn pair(seed: u64) -> Photo {
    let taken = Taken { side: 220.0, blur: 0.1, moved: false, near: 0.9, far: 0.8, noise: 2.0, glare: false };
    taken_of(Random::of(seed, 0), true, &taken)
}

fn taken_of(mut random: Random, two: bool, taken: &Taken) -> Photo {
    let room = taken.side * 1.75;
    let (width, height) = (
        (random.between(1.1, 1.9) * room * if two { 2.0 } else { 1.0 }).min(1600.0) as usize,
        (random.between(1.1, 1.9) * room) as usize,
    );
    let ground: Colour = std::array::from_fn(|_| random.between(40.0, 220.0));
    let mut canvas = Canvas::new(width, height, ground);
    let shapes = 20 + random.below(60);
    canvas.clutter(&mut random, shapes);

    let mut payloads = Vec::new();
    let mut module = f32::MAX;
    let mut glares = Vec::new();
    for place in 0..=usize::from(two) {
        let share = width as f32 / if two { 2.0 } else { 1.0 };
        let slack = ((share - room) / 2.0).max(0.0);
        let down = ((height as f32 - room) / 2.0).max(0.0);
        let centre =
            (share * (place as f32 + 0.5) + random.between(-slack, slack), height as f32 / 2.0 + random.between(-down, down));
        let payload = payload(&mut random);
        module = module.min(card(&mut canvas, &mut random, &payload, taken.side, centre));
        if taken.glare {
            let off = taken.side * 0.6;
            glares.push((centre.0 + random.between(-off, off), centre.1 + random.between(-off, off)));
        }
        payloads.push(payload);
    }
    let sigma = taken.blur * module;
    canvas.blur(sigma, if taken.moved { sigma * 0.3 } else { sigma });
    canvas.light(random.between(0.0, TAU), taken.near, taken.far);
    for at in glares {
        canvas.glare(at, taken.side * random.between(0.03, 0.12), random.between(80.0, 300.0));
    }
    let bytes = canvas.expose(&mut random, taken.noise);
    let mut jpeg = Cursor::new(Vec::new());
    image::codecs::jpeg::JpegEncoder::new_with_quality(&mut jpeg, 50)
        .encode(&bytes, width as u32, height as u32, image::ExtendedColorType::Rgb8)
        .expect("a picture in memory can be written");
    Photo { jpeg: jpeg.into_inner(), payloads }
}

/// A transfer code of a made-up account: short and static, or with an amount and words.
fn payload(random: &mut Random) -> String {
    let bins = ["970436", "970403", "970422", "970415", "970418", "970405"];
    let bin: Bin = bins[random.below(bins.len())].parse().expect("a BIN has six digits");
    let length = 8 + random.below(8);
    let account = random.digits(length).parse().expect("digits are an account");
    let mut code = TransferCode::new(bin, account).expect("no wallet is among the banks");
    if random.chance(0.4) {
        let amount = Vnd::new(1_000 * (1 + random.below(900)) as u64).expect("below the limit");
        let purpose: Purpose = format!("TIEN HANG {}", random.digits(6)).parse().expect("within 25 letters");
        code = code.with_amount(amount).with_purpose(purpose);
    }
    if random.chance(0.4) {
        let name: MerchantName = "NGUYEN THI HOA".parse().expect("within 25 letters");
        code = code.with_name(name).with_city("HA NOI".parse::<City>().expect("within 15 letters"));
    }
    code.encode().expect("a made-up code is sound")
}

/// Lays a card with a code into the picture; answers how many pixels a module takes.
fn card(canvas: &mut Canvas, random: &mut Random, payload: &str, side: f32, centre: (f32, f32)) -> f32 {
    let level = [Ec::L, Ec::M, Ec::M, Ec::M, Ec::Q, Ec::H][random.below(6)];
    let symbol = Symbol::encode(payload, level).expect("a payment code fits a symbol");
    let size = symbol.size() as f32;
    let module = side / size;
    let view = Projection::camera(
        random.between(0.0, TAU),
        random.between(0.0, 30.0_f32.to_radians()),
        random.between(0.0, TAU),
        module,
        centre,
        size * random.between(2.5, 6.0),
    );
    let light: Colour = std::array::from_fn(|_| random.between(215.0, 255.0));
    let dark: Colour = if random.chance(0.3) {
        [random.between(0.0, 60.0), random.between(0.0, 60.0), random.between(0.0, 110.0)]
    } else {
        [random.between(5.0, 45.0); 3]
    };
    let frame: Colour = std::array::from_fn(|_| random.between(10.0, 230.0));
    let logo = matches!(level, Ec::Q | Ec::H) && random.chance(0.5);
    let framed = random.chance(0.5);
    let half = size / 2.0;
    let quiet = 4.0;
    let edge = half + quiet + if framed { 2.0 } else { 0.0 };
    canvas.project(&view, (edge, edge), |x, y| {
        if x.abs() > half + quiet || y.abs() > half + quiet {
            return frame;
        }
        if logo && x.abs() < size * 0.09 && y.abs() < size * 0.09 {
            return if x.abs() < size * 0.07 && y.abs() < size * 0.07 { frame } else { light };
        }
        let (mx, my) = ((x + half).floor(), (y + half).floor());
        if mx >= 0.0 && my >= 0.0 && symbol.is_dark(mx as usize, my as usize) { dark } else { light }
    });
    module
}
