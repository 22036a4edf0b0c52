// SPDX-License-Identifier: MIT OR GPL-2.0
// Tells the machine that Linux panicked: Debian builds its arm64 kernels without a pvpanic driver.
#include <linux/io.h>
#include <linux/mod_devicetable.h>
#include <linux/module.h>
#include <linux/notifier.h>
#include <linux/panic_notifier.h>
#include <linux/platform_device.h>

#define PVPANIC_PANICKED 1

static void __iomem *events;

static int on_panic(struct notifier_block *block, unsigned long code, void *data)
{
	if (ioread8(events) & PVPANIC_PANICKED)
		iowrite8(PVPANIC_PANICKED, events);
	return NOTIFY_DONE;
}

static struct notifier_block panic_block = {
	.notifier_call = on_panic,
	.priority = INT_MAX,
};

static int pvpanic_probe(struct platform_device *device)
{
	events = devm_platform_ioremap_resource(device, 0);
	if (IS_ERR(events))
		return PTR_ERR(events);
	dev_info(&device->dev, "events 0x%02x\n", ioread8(events));
	return atomic_notifier_chain_register(&panic_notifier_list, &panic_block);
}

static const struct of_device_id pvpanic_match[] = {
	{ .compatible = "qemu,pvpanic-mmio" },
	{}
};
MODULE_DEVICE_TABLE(of, pvpanic_match);

static struct platform_driver pvpanic_driver = {
	.probe = pvpanic_probe,
	.driver = {
		.name = "vmapple-pvpanic",
		.of_match_table = pvpanic_match,
		.suppress_bind_attrs = true,
	},
};
builtin_platform_driver(pvpanic_driver);

MODULE_DESCRIPTION("pvpanic over memory-mapped I/O");
MODULE_LICENSE("Dual MIT/GPL");
