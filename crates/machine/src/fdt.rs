//! The device tree that tells a guest what the board has.
//!
//! Real VMApple guests bring their own; Linux needs this one. Node by node it follows the Devicetree Specification 0.4
//! and the bindings published with Linux (`Documentation/devicetree/bindings`), whose names the comments give. Only parts
//! that the [`Description`] names get a node. What differs from boot to boot, `/chosen`, is filled in by
//! [`crate::boot`].

use crate::config::{MachineConfig, Msi};
use crate::map::{self, Block};
use vm_fdt::{FdtWriter, FdtWriterResult};

/// The parts of a board that a device tree speaks of.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Description {
    /// MPIDR affinity bits of each CPU, the boot CPU first.
    pub cpus: Vec<u64>,
    /// RAM.
    pub ram: Block,
    /// Interrupt controller.
    pub gic: Gic,
    /// PL011.
    pub uart: Option<Device>,
    /// PL031.
    pub rtc: Option<Device>,
    /// PL061, and the line of its power button.
    pub gpio: Option<(Device, u32)>,
    /// pvpanic.
    pub pvpanic: Option<Block>,
}

/// A GICv3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gic {
    /// Distributor.
    pub distributor: Block,
    /// Redistributor region.
    pub redistributors: Block,
    /// GICv2m frame.
    pub v2m: Option<Block>,
}

/// A device with one register block and one level-sensitive interrupt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Device {
    /// Registers.
    pub block: Block,
    /// Interrupt, as SPI number.
    pub spi: u32,
}

impl Description {
    /// The VMApple board with what the user chose.
    pub fn of(config: &MachineConfig) -> Self {
        let device = |block, spi| Device { block, spi };
        Self {
            cpus: (0..config.cpus.get()).map(map::affinity).collect(),
            ram: Block { base: map::RAM_BASE, size: config.memory.bytes() },
            gic: Gic {
                distributor: map::GIC_DISTRIBUTOR,
                redistributors: map::GIC_REDISTRIBUTORS,
                v2m: (config.msi == Msi::V2m).then_some(map::GIC_V2M),
            },
            uart: Some(device(map::UART, map::UART_SPI)),
            rtc: Some(device(map::RTC, map::RTC_SPI)),
            gpio: Some((device(map::GPIO, map::GPIO_SPI), map::POWER_BUTTON_LINE)),
            pvpanic: Some(map::PVPANIC),
        }
    }
}

/// Phandles, any distinct numbers.
mod phandle {
    pub(super) const GIC: u32 = 1;
    pub(super) const CLOCK: u32 = 2;
    pub(super) const GPIO: u32 = 3;
    pub(super) const V2M: u32 = 4;
    pub(super) const L2: u32 = 5;
}

/// Cells of an interrupt specifier (`arm,gic-v3`).
const SPI: u32 = 0;
const PPI: u32 = 1;
/// IRQ_TYPE_LEVEL_HIGH of the interrupt bindings: every line of the board is active high.
const LEVEL_HIGH: u32 = 4;
/// GPIO_ACTIVE_HIGH of the GPIO bindings.
const ACTIVE_HIGH: u32 = 0;
/// KEY_POWER of Linux's input event codes (`linux,code`).
const KEY_POWER: u32 = 116;
/// Clock of the PrimeCell parts, in Hz. Any rate would do; this is the board's one frequency.
const APB_CLOCK: u32 = 24_000_000;

/// Builds the flattened tree.
///
/// # Errors
/// None for a description of this board; the writer refuses, for instance, a bootargs with a NUL.
pub fn build(d: &Description) -> FdtWriterResult<Vec<u8>> {
    let mut w = FdtWriter::new()?;
    let root = w.begin_node("")?;
    w.property_string("model", "VMApple")?;
    w.property_string("compatible", "vmapple,vma2")?;
    w.property_u32("#address-cells", 2)?;
    w.property_u32("#size-cells", 2)?;
    w.property_u32("interrupt-parent", phandle::GIC)?;
    aliases_and_chosen(&mut w, d)?;
    cpus(&mut w, &d.cpus)?;
    memory(&mut w, d.ram)?;
    psci(&mut w)?;
    timer(&mut w)?;
    gic(&mut w, &d.gic)?;
    apb_clock(&mut w)?;
    if let Some(uart) = d.uart {
        primecell(&mut w, "serial", "arm,pl011", uart, Some("uartclk"), |_| Ok(()))?;
    }
    if let Some(rtc) = d.rtc {
        primecell(&mut w, "rtc", "arm,pl031", rtc, None, |_| Ok(()))?;
    }
    if let Some((gpio, button)) = d.gpio {
        gpio_and_button(&mut w, gpio, button)?;
    }
    if let Some(block) = d.pvpanic {
        // qemu,pvpanic-mmio.yaml
        let node = w.begin_node(&format!("pvpanic@{:x}", block.base))?;
        w.property_string("compatible", "qemu,pvpanic-mmio")?;
        reg(&mut w, &[block])?;
        w.end_node(node)?;
    }
    w.end_node(root)?;
    w.finish()
}

fn reg(w: &mut FdtWriter, blocks: &[Block]) -> FdtWriterResult<()> {
    let cells: Vec<u64> = blocks.iter().flat_map(|b| [b.base, b.size]).collect();
    w.property_array_u64("reg", &cells)
}

fn strings(w: &mut FdtWriter, name: &str, values: &[&str]) -> FdtWriterResult<()> {
    w.property_string_list(name, values.iter().map(|s| (*s).to_owned()).collect())
}

fn aliases_and_chosen(w: &mut FdtWriter, d: &Description) -> FdtWriterResult<()> {
    let Some(uart) = d.uart else { return Ok(()) };
    let aliases = w.begin_node("aliases")?;
    w.property_string("serial0", &format!("/serial@{:x}", uart.block.base))?;
    w.end_node(aliases)?;
    let chosen = w.begin_node("chosen")?;
    w.property_string("stdout-path", "serial0:115200n8")?;
    w.end_node(chosen)
}

/// arm/cpus.yaml. CPUs 16 and up are in a second cluster (Aff1), as their MPIDR says.
fn cpus(w: &mut FdtWriter, affinities: &[u64]) -> FdtWriterResult<()> {
    let cpus = w.begin_node("cpus")?;
    // One cell is enough: Aff3 is zero.
    w.property_u32("#address-cells", 1)?;
    w.property_u32("#size-cells", 0)?;
    for affinity in affinities {
        let cpu = w.begin_node(&format!("cpu@{affinity:x}"))?;
        w.property_string("device_type", "cpu")?;
        w.property_string("compatible", "arm,armv8")?;
        w.property_u32("reg", (affinity & 0xff_ffff) as u32)?;
        w.property_string("enable-method", "psci")?;
        w.property_u32("next-level-cache", phandle::L2)?;
        w.end_node(cpu)?;
    }
    // cache.yaml. The CPUs' CLIDR_EL1 tells of a second level; without this node Linux 6.12 warns that it cannot tell which
    // CPUs share it.
    let l2 = w.begin_node("l2-cache")?;
    w.property_string("compatible", "cache")?;
    w.property_u32("cache-level", 2)?;
    w.property_null("cache-unified")?;
    w.property_phandle(phandle::L2)?;
    w.end_node(l2)?;
    w.end_node(cpus)
}

fn memory(w: &mut FdtWriter, ram: Block) -> FdtWriterResult<()> {
    let node = w.begin_node(&format!("memory@{:x}", ram.base))?;
    w.property_string("device_type", "memory")?;
    reg(w, &[ram])?;
    w.end_node(node)
}

/// arm/psci.yaml
fn psci(w: &mut FdtWriter) -> FdtWriterResult<()> {
    let node = w.begin_node("psci")?;
    strings(w, "compatible", &["arm,psci-1.0", "arm,psci-0.2"])?;
    w.property_string("method", "hvc")?;
    w.end_node(node)
}

/// timer/arm,arch_timer.yaml: secure, physical, virtual, hypervisor, in this order.
fn timer(w: &mut FdtWriter) -> FdtWriterResult<()> {
    use map::timer::{HYPERVISOR, PHYSICAL, SECURE_PHYSICAL, VIRTUAL};
    let node = w.begin_node("timer")?;
    w.property_string("compatible", "arm,armv8-timer")?;
    // PPI numbers count from INTID 16.
    let cells: Vec<u32> = [SECURE_PHYSICAL, PHYSICAL, VIRTUAL, HYPERVISOR]
        .iter()
        .flat_map(|intid| [PPI, intid - 16, LEVEL_HIGH])
        .collect();
    w.property_array_u32("interrupts", &cells)?;
    // VM time does not stop when a CPU idles.
    w.property_null("always-on")?;
    w.end_node(node)
}

/// interrupt-controller/arm,gic-v3.yaml, with the MSI frame below it (arm,gic-v2m-frame).
fn gic(w: &mut FdtWriter, gic: &Gic) -> FdtWriterResult<()> {
    let node = w.begin_node(&format!("interrupt-controller@{:x}", gic.distributor.base))?;
    w.property_string("compatible", "arm,gic-v3")?;
    w.property_null("interrupt-controller")?;
    w.property_u32("#interrupt-cells", 3)?;
    w.property_u32("#address-cells", 2)?;
    w.property_u32("#size-cells", 2)?;
    w.property_null("ranges")?;
    reg(w, &[gic.distributor, gic.redistributors])?;
    w.property_phandle(phandle::GIC)?;
    if let Some(v2m) = gic.v2m {
        let frame = w.begin_node(&format!("v2m@{:x}", v2m.base))?;
        w.property_string("compatible", "arm,gic-v2m-frame")?;
        w.property_null("msi-controller")?;
        reg(w, &[v2m])?;
        w.property_phandle(phandle::V2M)?;
        w.end_node(frame)?;
    }
    w.end_node(node)
}

/// clock/fixed-clock.yaml
fn apb_clock(w: &mut FdtWriter) -> FdtWriterResult<()> {
    let node = w.begin_node("apb-pclk")?;
    w.property_string("compatible", "fixed-clock")?;
    w.property_u32("#clock-cells", 0)?;
    w.property_u32("clock-frequency", APB_CLOCK)?;
    w.property_string("clock-output-names", "clk24mhz")?;
    w.property_phandle(phandle::CLOCK)?;
    w.end_node(node)
}

/// arm/primecell.yaml: registers, interrupt and clocks that all PrimeCell parts have, then `more`.
fn primecell(
    w: &mut FdtWriter,
    name: &str,
    part: &str,
    device: Device,
    own_clock: Option<&str>,
    more: impl FnOnce(&mut FdtWriter) -> FdtWriterResult<()>,
) -> FdtWriterResult<()> {
    let node = w.begin_node(&format!("{name}@{:x}", device.block.base))?;
    strings(w, "compatible", &[part, "arm,primecell"])?;
    reg(w, &[device.block])?;
    w.property_array_u32("interrupts", &[SPI, device.spi, LEVEL_HIGH])?;
    let clocks: Vec<&str> = own_clock.into_iter().chain(["apb_pclk"]).collect();
    w.property_array_u32("clocks", &vec![phandle::CLOCK; clocks.len()])?;
    strings(w, "clock-names", &clocks)?;
    more(w)?;
    w.end_node(node)
}

/// gpio/pl061-gpio.yaml and input/gpio-keys.yaml
fn gpio_and_button(w: &mut FdtWriter, gpio: Device, line: u32) -> FdtWriterResult<()> {
    primecell(w, "gpio", "arm,pl061", gpio, None, |w| {
        w.property_null("gpio-controller")?;
        w.property_u32("#gpio-cells", 2)?;
        w.property_null("interrupt-controller")?;
        w.property_u32("#interrupt-cells", 2)?;
        w.property_u32("#address-cells", 0)?;
        w.property_phandle(phandle::GPIO)
    })?;
    let keys = w.begin_node("gpio-keys")?;
    w.property_string("compatible", "gpio-keys")?;
    let button = w.begin_node("key-power")?;
    w.property_string("label", "Power Button")?;
    w.property_u32("linux,code", KEY_POWER)?;
    w.property_array_u32("gpios", &[phandle::GPIO, line, ACTIVE_HIGH])?;
    w.end_node(button)?;
    w.end_node(keys)
}

#[cfg(test)]
mod tests;
