//! The power button wired to the PL061 as the board does it: real slots, real pump, real time
//! (`spec/machine.md`, check 7).

use std::sync::Arc;
use std::time::{Duration, Instant};
use vmapple_bus::{Access, BusBuilder, Clock, Event, Notices, Pump, Slot, Width, Wire};
use vmapple_devices::{gpio_pl061::GpioPl061, power_button::PowerButton};
use vmapple_memory::{Dma, GuestMemory};

const GPIO: u64 = 0x2006_0000;
/// GPIODATA, line 3 alone.
const LINE_3: u64 = GPIO + 0x20;

#[test]
fn a_press_reads_as_line_3_for_100_ms() {
    let pump = Pump::new(Arc::new(Clock::new()));
    let memory = GuestMemory::new(0x7000_0000, 0x1_0000, None).unwrap();
    let slot = |name, part, wires| Slot::new(name, part, wires, Dma::new(memory.clone()), &pump, Notices::new(|_| {}));
    let gpio = slot("gpio", Box::new(GpioPl061::new()), vec![Wire::detached()]);
    let line_3 = Wire::new({
        let gpio = gpio.clone();
        move |level| gpio.post(Event::Line { line: 3, level })
    });
    let button = slot("power-button", Box::new(PowerButton::new()), vec![line_3]);
    let mut map = BusBuilder::new();
    map.map(GPIO, 0x1000, Access::WORDS, &gpio, 0);
    let bus = map.build().unwrap();
    let io = std::thread::spawn({
        let pump = pump.clone();
        move || pump.run()
    });

    let until = |value: u64| {
        let start = Instant::now();
        while bus.read(LINE_3, Width::B4) != Ok(value) {
            assert!(start.elapsed() < Duration::from_secs(10), "line 3 never reads {value:#x}");
            std::thread::sleep(Duration::from_millis(1));
        }
    };
    assert_eq!(bus.read(LINE_3, Width::B4), Ok(0));
    let pressed = Instant::now();
    button.post(Event::PowerButton);
    until(0x08);
    until(0x00);
    // Not before the time; how much later depends on how busy the host is.
    assert!(pressed.elapsed() >= Duration::from_millis(100));
    pump.stop();
    io.join().unwrap();
}
