//! Places boxes in columns, from left to right, and routes arrows between them so that none crosses a box.
//!
//! # Decisions
//!
//! - **An arrow that skips a column has a lane in it**, which is placed among the boxes like a box. All arrows of a box
//!   share one lane, so that a raw table with many readers is one line that divides late.
//! - **Places follow neighbours.** Each column is sorted by the mean place of what its boxes are connected to, a few times
//!   over, and then moved towards it as far as the boxes above and below permit. Equal means keep their order, so the
//!   result depends on nothing but the input.

/// Space between two boxes in a column, and between two columns.
const APART: f64 = 14.0;
const GAP: f64 = 56.0;
/// The height of a lane.
const LANE: f64 = 10.0;
/// How often places are improved. More changes no picture of the schemas in the tests.
const ROUNDS: usize = 12;

/// A box that is to be placed.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Size {
    pub(super) column: usize,
    pub(super) width: f64,
    pub(super) height: f64,
}

/// The left upper corner of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Corner {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// A point of an arrow.
pub(super) type Point = (f64, f64);

/// Where everything is.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Layout {
    pub(super) width: f64,
    pub(super) height: f64,
    /// The left edge and the width of each column.
    pub(super) columns: Vec<(f64, f64)>,
    /// The corner of each box.
    pub(super) boxes: Vec<Corner>,
    /// The points of each arrow: pairs of points, from the right edge of a column to the left edge of a later one.
    pub(super) arrows: Vec<Vec<Point>>,
}

/// Something in a column: a box, or the lane of the arrows of a box.
#[derive(Debug, Clone, Copy, PartialEq)]
struct Item {
    size: Size,
    /// The middle of its height.
    y: f64,
}

struct Graph {
    items: Vec<Item>,
    /// The items of each column, from top to bottom.
    columns: Vec<Vec<usize>>,
    /// Connected items, the left one first.
    edges: Vec<(usize, usize)>,
}

/// Places boxes. Each arrow goes from a box to one in a later column.
pub(super) fn layout(boxes: &[Size], arrows: &[(usize, usize)]) -> Layout {
    let count = boxes.iter().map(|size| size.column + 1).max().unwrap_or(0);
    let items = boxes.iter().map(|size| Item { size: *size, y: 0.0 }).collect();
    let mut graph = Graph { items, columns: vec![Vec::new(); count], edges: Vec::new() };
    for (at, size) in boxes.iter().enumerate() {
        graph.columns[size.column].push(at);
    }
    let lanes: Vec<Vec<usize>> = arrows.iter().map(|arrow| graph.connect(*arrow)).collect();
    graph.place();
    graph.finished(boxes.len(), arrows, &lanes)
}

impl Graph {
    /// Connects two boxes, through a lane in each column between them. Returns the lanes.
    fn connect(&mut self, (from, to): (usize, usize)) -> Vec<usize> {
        let (first, last) = (self.items[from].size.column + 1, self.items[to].size.column);
        let (mut lanes, mut before) = (Vec::new(), from);
        for column in first..last {
            let known =
                self.edges.iter().find(|(left, right)| *left == before && self.is_lane_in(*right, column));
            let lane = match known {
                Some((_, lane)) => *lane,
                None => self.add_lane(before, column),
            };
            lanes.push(lane);
            before = lane;
        }
        self.edges.push((before, to));
        lanes
    }

    fn is_lane_in(&self, item: usize, column: usize) -> bool {
        let size = self.items[item].size;
        size.column == column && size.width == 0.0
    }

    fn add_lane(&mut self, before: usize, column: usize) -> usize {
        let lane = self.items.len();
        self.items.push(Item { size: Size { column, width: 0.0, height: LANE }, y: 0.0 });
        self.columns[column].push(lane);
        self.edges.push((before, lane));
        lane
    }

    /// The mean place of what an item is connected to; its own if it is connected to nothing.
    fn wanted(&self, item: usize) -> f64 {
        let connected = self.edges.iter().filter_map(|(left, right)| match item {
            _ if item == *left => Some(self.items[*right].y),
            _ if item == *right => Some(self.items[*left].y),
            _ => None,
        });
        let (count, sum) = connected.fold((0.0, 0.0), |(count, sum), y| (count + 1.0, sum + y));
        if count == 0.0 { self.items[item].y } else { sum / count }
    }

    fn place(&mut self) {
        for column in 0..self.columns.len() {
            self.settle(column, |_| 0.0);
        }
        for round in 0..ROUNDS {
            let count = self.columns.len();
            for step in 0..count {
                let column = if round % 2 == 0 { step } else { count - 1 - step };
                let wanted: Vec<f64> = (0..self.items.len()).map(|item| self.wanted(item)).collect();
                self.columns[column].sort_by(|one, other| wanted[*one].total_cmp(&wanted[*other]));
                self.settle(column, |item| wanted[item]);
            }
        }
    }

    /// Moves the items of a column as near as possible to the places that they want, in their order: items that are in
    /// each other's way form a block, and a block is where its items want to be on average.
    fn settle(&mut self, column: usize, wanted: impl Fn(usize) -> f64) {
        // A block: its items, their height together, and the sum of the tops that the items want for the block.
        let mut blocks: Vec<(Vec<usize>, f64, f64)> = Vec::new();
        for item in self.columns[column].clone() {
            let height = self.items[item].size.height + APART;
            let mut block = (vec![item], height, wanted(item) - height / 2.0);
            while let Some(above) = blocks.last() {
                let top = |(items, _, tops): &(Vec<usize>, f64, f64)| tops / items.len() as f64;
                if top(above) + above.1 <= top(&block) {
                    break;
                }
                let Some((mut items, height, tops)) = blocks.pop() else { break };
                let moved = block.2 - height * block.0.len() as f64;
                items.extend(block.0);
                block = (items, height + block.1, tops + moved);
            }
            blocks.push(block);
        }
        for (items, _, tops) in blocks {
            let mut top = tops / items.len() as f64;
            for item in items {
                let height = self.items[item].size.height + APART;
                self.items[item].y = top + height / 2.0;
                top += height;
            }
        }
    }

    fn finished(&self, count: usize, arrows: &[(usize, usize)], lanes: &[Vec<usize>]) -> Layout {
        let top = |item: &Item| item.y - item.size.height / 2.0;
        let highest = self.items.iter().map(top).fold(f64::MAX, f64::min);
        let lowest = self.items.iter().map(|item| item.y + item.size.height / 2.0).fold(f64::MIN, f64::max);
        let mut x = 0.0;
        let columns: Vec<(f64, f64)> = self
            .columns
            .iter()
            .map(|items| {
                let width = items.iter().map(|item| self.items[*item].size.width).fold(0.0, f64::max);
                let here = (x, width);
                x += if width > 0.0 { width + GAP } else { 0.0 };
                here
            })
            .collect();
        let boxes: Vec<Corner> = self.items[..count]
            .iter()
            .map(|item| Corner { x: columns[item.size.column].0, y: top(item) - highest })
            .collect();
        let routed = arrows.iter().zip(lanes).map(|((from, to), lanes)| {
            let start = &self.items[*from];
            let mut points = vec![(boxes[*from].x + start.size.width, start.y - highest)];
            let (x, width) = columns[start.size.column];
            points.push((x + width, start.y - highest));
            for lane in lanes.iter().map(|lane| &self.items[*lane]) {
                let (x, width) = columns[lane.size.column];
                points.extend([(x, lane.y - highest), (x + width, lane.y - highest)]);
            }
            points.push((boxes[*to].x, self.items[*to].y - highest));
            points
        });
        let arrows = routed.collect();
        Layout { width: (x - GAP).max(0.0), height: (lowest - highest).max(0.0), columns, boxes, arrows }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn size(column: usize, height: f64) -> Size {
        Size { column, width: 100.0, height }
    }

    /// Three columns of boxes, whose arrows cross, skip a column and meet.
    fn crossing() -> (Vec<Size>, Vec<(usize, usize)>) {
        let boxes = [0, 0, 0, 1, 1, 1, 2, 2, 2, 2].map(|column| size(column, 30.0 + 5.0 * column as f64));
        let arrows = [(0, 5), (1, 4), (2, 3), (0, 9), (0, 8), (2, 6), (3, 7), (4, 7), (5, 6)];
        (boxes.to_vec(), arrows.to_vec())
    }

    #[test]
    fn no_two_boxes_overlap() {
        let (boxes, arrows) = crossing();
        let layout = layout(&boxes, &arrows);
        for (at, one) in boxes.iter().enumerate() {
            for (other_at, other) in boxes.iter().enumerate().skip(at + 1) {
                let (a, b) = (layout.boxes[at], layout.boxes[other_at]);
                let is_beside = a.x + one.width <= b.x || b.x + other.width <= a.x;
                assert!(is_beside || a.y + one.height <= b.y || b.y + other.height <= a.y, "{at} {other_at}");
            }
        }
    }

    #[test]
    fn everything_is_within_the_picture() {
        let (boxes, arrows) = crossing();
        let layout = layout(&boxes, &arrows);
        for (size, corner) in boxes.iter().zip(&layout.boxes) {
            assert!(corner.x >= 0.0 && corner.x + size.width <= layout.width + 0.01);
            assert!(corner.y >= 0.0 && corner.y + size.height <= layout.height + 0.01);
        }
    }

    #[test]
    fn an_arrow_crosses_a_column_where_no_box_is() {
        let (boxes, arrows) = crossing();
        let layout = layout(&boxes, &arrows);
        for points in &layout.arrows {
            for pair in points[2..points.len() - 1].chunks(2) {
                let [(left, y), (right, end)] = pair else { panic!("{points:?}") };
                assert_eq!(y, end);
                for (size, corner) in boxes.iter().zip(&layout.boxes) {
                    let is_there = corner.x < *right && *left < corner.x + size.width;
                    assert!(!is_there || *y < corner.y || corner.y + size.height < *y, "{points:?}");
                }
            }
        }
    }

    #[test]
    fn nothing_has_no_size() {
        let layout = layout(&[], &[]);
        assert_eq!((layout.width, layout.height), (0.0, 0.0));
    }
}
