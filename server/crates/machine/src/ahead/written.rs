//! Streams as picklers write them, for tests: data with a memo, tables of records, and now and then something odd.

/// A source of numbers that are the same in every run.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }
}

/// Writes data as picklers do, with a memo that is used again, and now and then something that is no plain data.
pub(crate) struct Pickler {
    pub(crate) dice: Dice,
    pub(crate) out: Vec<u8>,
    pub(crate) slots: usize,
    /// Slots that hold a str: most that is read again is one.
    pub(crate) texts: Vec<usize>,
    pub(crate) memoize: bool,
    pub(crate) odd: usize,
}

impl Pickler {
    pub(crate) fn pickle(seed: u64, memoize: bool, odd: usize) -> Vec<u8> {
        let out = if memoize { b"\x80\x04".to_vec() } else { b"\x80\x02".to_vec() };
        let mut pickler = Self { dice: Dice(seed), out, slots: 0, texts: Vec::new(), memoize, odd };
        pickler.out.push(b']');
        pickler.put();
        for _ in 0..pickler.dice.roll(6) + 1 {
            pickler.out.push(b'(');
            for _ in 0..pickler.dice.roll(20) {
                pickler.value(3);
            }
            pickler.out.push(b'e');
        }
        pickler.out.push(b'.');
        pickler.out
    }

    pub(crate) fn put(&mut self) {
        match (self.memoize, u8::try_from(self.slots)) {
            (true, _) => self.out.push(0x94),
            (false, Ok(slot)) => self.out.extend([b'q', slot]),
            (false, Err(_)) => {
                self.out.push(b'r');
                self.out.extend((self.slots as u32).to_le_bytes());
            }
        }
        self.slots += 1;
    }

    pub(crate) fn get(&mut self) {
        // One that is not filled yet is odd.
        let beyond = if self.dice.roll(100) < self.odd { 3 } else { 0 };
        let any = self.texts.is_empty() || self.dice.roll(50) == 0 || beyond > 0;
        let slot = match any {
            true => self.dice.roll(self.slots + beyond),
            false => self.texts[self.dice.roll(self.texts.len())],
        };
        self.out.push(b'j');
        self.out.extend((slot as u32).to_le_bytes());
    }

    pub(crate) fn text(&mut self) {
        let length = self.dice.roll(9);
        self.out.extend([b'X', length as u8, 0, 0, 0]);
        self.out.extend((0..length).map(|_| b"ab(.}]K\x94c"[self.dice.roll(9)]).collect::<Vec<u8>>());
        self.texts.push(self.slots);
        self.put();
    }

    pub(crate) fn items(&mut self, depth: usize, pairs: bool) {
        for _ in 0..self.dice.roll(6) {
            match (pairs, self.dice.roll(4)) {
                (true, 0) => self.get(),
                (true, _) => self.text(),
                (false, _) => {}
            }
            self.value(depth - 1);
        }
    }

    pub(crate) fn value(&mut self, depth: usize) {
        match self.dice.roll(if depth == 0 { 5 } else { 11 }) {
            0 => self.out.extend([b'K', self.dice.roll(256) as u8]),
            1 => self.out.push(b'N'),
            2 | 3 => self.text(),
            4 => self.get(),
            5 => {
                self.out.push(b']');
                self.put();
                self.out.push(b'(');
                self.items(depth, false);
                self.out.push(b'e');
            }
            6 | 7 => {
                self.out.push(b'}');
                self.put();
                self.out.push(b'(');
                self.items(depth, true);
                self.out.push(b'u');
            }
            8 => {
                self.value(depth - 1);
                self.value(depth - 1);
                self.out.push(0x86);
                self.put();
            }
            9 => {
                self.out.push(b'(');
                self.items(depth, false);
                self.out.push(b't');
                self.put();
            }
            _ if self.dice.roll(100) < self.odd => self.odd_one(depth),
            _ => self.out.push(0x88),
        }
    }

    /// An array as `joblib` writes it, with its bytes behind it; the state is filled item by item.
    pub(crate) fn array(&mut self) {
        self.out.extend(b"cjoblib.numpy_pickle\nNumpyArrayWrapper\n)\x81}X\x05\0\0\0dtypecnumpy\ndtype\n");
        self.out.extend(b"X\x02\0\0\0i1\x85RsX\x05\0\0\0shapeK\x03\x85sb\x94\x94\x94");
    }

    pub(crate) fn odd_one(&mut self, depth: usize) {
        match self.dice.roll(11) {
            0 => self.out.extend(b"cos\nsystem\n"),
            1 => {
                self.out.extend(b"cm\nf\n(");
                self.items(depth, false);
                self.out.extend(b"tR");
            }
            2 => self.out.extend(b"cm\nC\n)\x81}(X\x01\0\0\0aK\x01ub"),
            3 => self.out.extend(b"]K\x01a"),
            4 => self.out.extend([b'C', 9, 0x80, 4, b'N', b'.', b'N', b'N', b'N', b'N', b'.']),
            5 => self.out.push(b"euast0129R"[self.dice.roll(10)]),
            6 => self.out.extend(b"q\x03"),
            7 => self.out.extend([0x80, self.dice.roll(6) as u8]),
            8 => self.out.extend(b"\x8c\x01a"),
            9 => self.array(),
            _ => self.out.extend(b"2\x86"),
        }
    }
}

/// What a field of a record is.
#[derive(Clone, Copy)]
pub(crate) enum Field {
    /// A constant, each time of another kind.
    Any,
    Text,
    /// A text that was written before, the same one or another.
    Same(usize),
    Other,
    /// The text that the last field of this record has written, again.
    Again,
    List(usize),
    Dict(usize),
    Tuple,
    Set,
}

/// Writes a table: a list of records that have the same fields.
pub(crate) struct Table {
    pub(crate) pickler: Pickler,
    pub(crate) fields: Vec<Field>,
    /// In how many of a hundred records something else is written.
    pub(crate) odd: usize,
    pub(crate) last: usize,
}

impl Table {
    pub(crate) fn new(seed: u64, memoize: bool, odd: usize) -> Self {
        let out = if memoize { b"\x80\x04]".to_vec() } else { b"\x80\x02]".to_vec() };
        let mut pickler = Pickler { dice: Dice(seed), out, slots: 0, texts: Vec::new(), memoize, odd: 0 };
        pickler.put();
        pickler.out.push(b'(');
        for _ in 0..3 {
            pickler.text();
        }
        // The fourth slot holds a tuple.
        pickler.out.extend(b"K\x01\x85");
        pickler.put();
        pickler.out.push(b'e');
        let dice = &mut pickler.dice;
        let fields = (0..=dice.roll(6)).map(|_| match dice.roll(16) {
            0..4 => Field::Any,
            4..7 => Field::Text,
            7..9 => Field::Same(dice.roll(4)),
            9 => Field::Other,
            10 => Field::Again,
            11 => Field::List(dice.roll(3)),
            12 | 13 => Field::Dict(dice.roll(3)),
            14 => Field::Set,
            _ if dice.roll(3) == 0 => Field::Tuple,
            _ => Field::Any,
        });
        let fields = fields.collect();
        Self { pickler, fields, odd, last: 1 }
    }

    pub(crate) fn write(mut self) -> Vec<u8> {
        let as_dicts = self.pickler.dice.roll(3) > 0;
        let lists = self.pickler.dice.roll(3) + 1;
        for _ in 0..lists {
            self.pickler.out.push(b'(');
            for _ in 0..self.pickler.dice.roll(60) {
                if self.pickler.dice.roll(100) < self.odd {
                    self.pickler.odd = 100;
                    self.pickler.value(2);
                    self.pickler.odd = 0;
                }
                self.record(as_dicts);
            }
            self.pickler.out.push(b'e');
        }
        self.pickler.out.push(b'.');
        self.pickler.out
    }

    pub(crate) fn record(&mut self, as_dict: bool) {
        if as_dict {
            self.pickler.out.push(b'}');
            self.pickler.put();
            self.pickler.out.push(b'(');
        }
        for number in 0..self.fields.len() {
            if as_dict {
                self.read(1 + number % 3);
            }
            self.field(self.fields[number]);
        }
        if as_dict {
            self.pickler.out.push(b'u');
        }
    }

    pub(crate) fn read(&mut self, slot: usize) {
        match u8::try_from(slot) {
            Ok(slot) => self.pickler.out.extend([b'h', slot]),
            Err(_) => {
                self.pickler.out.push(b'j');
                self.pickler.out.extend((slot as u32).to_le_bytes());
            }
        }
    }

    pub(crate) fn field(&mut self, field: Field) {
        match field {
            Field::Any => self.constant(),
            Field::Text => {
                self.last = self.pickler.slots;
                self.pickler.text();
            }
            Field::Same(number) => self.read(1 + number),
            Field::Other => {
                let slot = self.pickler.texts[self.pickler.dice.roll(self.pickler.texts.len())];
                self.read(slot);
            }
            Field::Again => self.read(self.last),
            Field::List(items) => self.container(b']', items, b'e'),
            Field::Dict(items) => self.container(b'}', 2 * items, b'u'),
            Field::Set => self.container(0x8f, 1, 0x90),
            Field::Tuple => {
                self.constant();
                self.constant();
                self.pickler.out.push(0x86);
                self.pickler.put();
            }
        }
    }

    pub(crate) fn container(&mut self, begin: u8, items: usize, end: u8) {
        self.pickler.out.push(begin);
        self.pickler.put();
        self.pickler.out.push(b'(');
        for _ in 0..items {
            self.constant();
        }
        self.pickler.out.push(end);
    }

    pub(crate) fn constant(&mut self) {
        let number = self.pickler.dice.roll(256) as u8;
        let out = &mut self.pickler.out;
        match self.pickler.dice.roll(9) {
            0 => out.extend([b'K', number]),
            1 => out.extend([b'M', number, 1]),
            2 => out.extend([b'J', number, 0, 1, 0]),
            3 => out.extend([b'G', 0x3f, 0xf0, 0, 0, 0, 0, 0, number]),
            4 => out.push(b'N'),
            5 => out.push(0x88),
            6 => out.push(0x89),
            7 if self.pickler.memoize => out.extend([0x8c, 2, b'a', b'a' + number % 26]),
            _ => out.extend([b'X', 1, 0, 0, 0, b'_']),
        }
    }
}
