//! The lossless tree.

use choqr::payment_code::{MAX_DEPTH, Tree, Unit};

use super::support::{object, parts};

#[test]
fn a_tree_keeps_order_unknown_tags_repeats_and_rests() {
    for text in ["", "x", "00", "0002", "000201", "9901a9901b9900", "0002019900rest", " \u{feff}000201\n", "000201６３０４"] {
        assert_eq!(Tree::read(text).to_payload(), text);
    }
    let tree = Tree::read(" 0101a0101b9900zz ");
    assert_eq!(tree.fields().map(|field| (field.tag(), field.value())).collect::<Vec<_>>(), [(1, "a"), (1, "b"), (99, "")]);
    assert_eq!((tree.lead(), tree.tail(), tree.unit()), (" ", "zz ", Unit::Bytes));
    assert_eq!(tree.get(1).unwrap().raw(), "0101a");
    assert_eq!(tree.fields().map(|field| field.offset()).collect::<Vec<_>>(), [1, 6, 11]);
    assert_eq!(tree.get(2), None);
}

#[test]
fn depth_is_bounded_by_the_tree_and_not_by_the_text() {
    let mut nested = "1".to_owned();
    for _ in 0..20 {
        nested = object("01", &nested);
    }
    let mut field = Tree::read(&nested).get(1).unwrap();
    let mut depth = 1;
    while let Some(inner) = field.children().and_then(|mut parts| parts.next()) {
        field = inner;
        depth += 1;
    }
    assert_eq!(depth, MAX_DEPTH);
}

#[test]
fn characters_are_tried_before_bytes() {
    let characters = format!("000201{}6304ABCD", object("59", "Cô Ba"));
    assert_eq!(Tree::read(&characters).unit(), Unit::Characters);
    let bytes = characters.replace("5905", "5906");
    assert_eq!(Tree::read(&bytes).unit(), Unit::Bytes);
    assert_eq!(Tree::read(&bytes).get(59).unwrap().value(), "Cô Ba");
    assert_eq!(Tree::read(&bytes).get(63).unwrap().header(), "6304");
    // A length in bytes that ends inside a character fits neither way.
    assert_eq!(Tree::read("5902Cô").tail(), "");
    assert_eq!(Tree::read("5903Cô\u{301}x").get(59).unwrap().value(), "Cô\u{301}");
    assert_eq!(Tree::read("5902aôb").fields().count(), 1);
    // A length in bytes that ends inside a character is not read in bytes.
    let torn = "00020154021ô5903aôb6304ABCD";
    assert_eq!((Tree::read(torn).unit(), Tree::read(torn).to_payload().as_str()), (Unit::Characters, torn));
}

#[test]
fn a_template_opens_and_a_plain_value_does_not() {
    let template = parts().template();
    let tree = Tree::read(&template);
    let sub: Vec<_> = tree.get(38).unwrap().children().unwrap().collect();
    assert_eq!(sub.iter().map(|sub| (sub.tag(), sub.offset())).collect::<Vec<_>>(), [(0, 4), (1, 18), (2, 49)]);
    assert_eq!(sub[1].children().unwrap().map(|part| part.value()).collect::<Vec<_>>(), ["970436", "9990000123456"]);
    assert!(sub[2].children().is_none());
    assert!(Tree::read("5900").get(59).unwrap().children().is_none());
}
