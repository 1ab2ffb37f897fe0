using System;
using System.Globalization;
using System.IO;
using JamBox.Counting;
using JamBox.Ports;
using Xunit;
using Xunit.Abstractions;

namespace JamBox.Tests.Host;

/// <summary>
/// What a probe and an advertisement cost in IL instructions, exactly, compiled with and without optimisation, against the budgets of
/// docs/counting.md ("What it costs"). The class is the box's own source, compiled twice beside this project.
/// </summary>
public sealed class IlBudgetTests
{
    private const int Minute = 60000;

    // As Recorder drains them.
    private const int Batch = 16;

    private readonly ITestOutputHelper _output;

    public IlBudgetTests(ITestOutputHelper output)
    {
        _output = output;
    }

    /// <summary>Ten probes of each device in a minute: the first costs 250 at most, each further one 150, on average.</summary>
    [Theory]
    [InlineData("optimised", 100)]
    [InlineData("optimised", 500)]
    [InlineData("optimised", 1000)]
    [InlineData("optimised", 2000)]
    [InlineData("unoptimised", 100)]
    [InlineData("unoptimised", 500)]
    [InlineData("unoptimised", 1000)]
    [InlineData("unoptimised", 2000)]
    public void AProbeStaysWithinItsBudget(string build, int devices)
    {
        var counter = new Metered(build);
        double fresh = counter.Probes(devices, firstDevice: 0, minute: 0) / (double)devices;
        double again = 0;
        for (int round = 0; round < 9; round++)
        {
            again += counter.Probes(devices, firstDevice: 0, minute: 0) / (9.0 * devices);
        }

        double booking = counter.Book(1);
        double known = counter.Probes(devices, firstDevice: 0, minute: 1) / (double)devices;
        counter.Book(2);

        // The stays of those devices fill the table; of these they leave room for some or none.
        double others = counter.Probes(devices, firstDevice: 1000000, minute: 2) / (double)devices;
        _output.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{build}, {devices} devices: again {again:0}, new {fresh:0}, new in this minute {known:0}, new beside them {others:0}; booking {booking:0}"));
        Assert.True(again <= 150, $"heard again: {again:0} IL");
        if (devices <= 1000)
        {
            Assert.True(fresh <= 250, $"new: {fresh:0} IL");
            Assert.True(known <= 250, $"new in this minute, stay goes on: {known:0} IL");
            Assert.True(others <= (build == "optimised" ? 250 : 270), $"new beside as many others: {others:0} IL");
        }
    }

    /// <summary>Ten advertisements of each device: the first costs 200 at most, each further one 150, on average.</summary>
    [Theory]
    [InlineData("optimised", 100)]
    [InlineData("optimised", 600)]
    [InlineData("unoptimised", 100)]
    [InlineData("unoptimised", 600)]
    public void AnAdvertStaysWithinItsBudget(string build, int devices)
    {
        var counter = new Metered(build);
        double fresh = counter.Adverts(devices, minute: 0) / (double)devices;
        double again = 0;
        for (int round = 0; round < 9; round++)
        {
            again += counter.Adverts(devices, minute: 0) / (9.0 * devices);
        }

        _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{build}, {devices} devices: again {again:0}, new {fresh:0}"));
        Assert.True(again <= 150, $"heard again: {again:0} IL");
        Assert.True(fresh <= 200, $"new: {fresh:0} IL");
    }

    /// <summary>
    /// A flood of new addresses beyond the table costs no more than twice a new device: 2,000 a second are drained one by one.
    /// </summary>
    [Theory]
    [InlineData("optimised")]
    [InlineData("unoptimised")]
    public void AFloodOfNewAddressesIsBounded(string build)
    {
        var counter = new Metered(build);
        counter.Probes(2000, firstDevice: 0, minute: 0);
        double beyond = counter.Probes(4000, firstDevice: 500000, minute: 0) / 4000.0;
        _output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{build}: beyond a full minute {beyond:0}"));
        Assert.True(beyond <= 500, $"beyond a full minute: {beyond:0} IL");
    }

    /// <summary>A counter whose instructions are counted.</summary>
    private sealed class Metered
    {
        private readonly IlMeter _meter;
        private readonly Func<byte[], int, int, int> _countProbes;
        private readonly Func<byte[], int, int, int> _countAdverts;
        private readonly Action<int> _bookMinute;
        private readonly Action<int, long, int> _beginMinute;
        private readonly byte[] _records = new byte[Batch * RadioRecord.Size];
        private uint _random = 12345;

        public Metered(string build)
        {
            _meter = new IlMeter(Path.Combine(AppContext.BaseDirectory, "il", build + ".dll"));
            Type type = _meter.Assembly.GetType(typeof(PeopleCounter).FullName, throwOnError: true);
            object thresholds = Activator.CreateInstance(_meter.Assembly.GetType(typeof(Thresholds).FullName, throwOnError: true));
            byte[] salt = new byte[PeopleCounter.SaltLength];
            new Random(7).NextBytes(salt);
            object counter = Activator.CreateInstance(type, salt, thresholds);
            _countProbes = type.GetMethod(nameof(PeopleCounter.CountProbes)).CreateDelegate<Func<byte[], int, int, int>>(counter);
            _countAdverts = type.GetMethod(nameof(PeopleCounter.CountAdverts)).CreateDelegate<Func<byte[], int, int, int>>(counter);
            _bookMinute = type.GetMethod(nameof(PeopleCounter.BookMinute)).CreateDelegate<Action<int>>(counter);
            _beginMinute = type.GetMethod(nameof(PeopleCounter.BeginMinute)).CreateDelegate<Action<int, long, int>>(counter);
            _beginMinute(0, 0, Minute);
        }

        public long Probes(int devices, int firstDevice, int minute) => Count(_countProbes, devices, firstDevice, minute, 0);

        public long Adverts(int devices, int minute) =>
            Count(_countAdverts, devices, 0, minute, RadioRecord.FlagRandomAddress | RadioRecord.FlagApple | RadioRecord.FlagAppleInUse);

        public long Book(int next)
        {
            long before = _meter.Executed;
            _bookMinute(next);
            long executed = _meter.Executed - before;
            _beginMinute(next, next * (long)Minute, Minute);
            return executed;
        }

        private long Count(Func<byte[], int, int, int> count, int devices, int firstDevice, int minute, int flags)
        {
            long before = _meter.Executed;
            for (int device = 0; device < devices;)
            {
                int filled = 0;
                while (filled < Batch && device < devices)
                {
                    Write(filled++, firstDevice + device++, minute * Minute, flags);
                }

                Assert.Equal(filled, count(_records, 0, filled));
            }

            return _meter.Executed - before;
        }

        private void Write(int record, int device, int timeMs, int flags)
        {
            Span<byte> bytes = _records.AsSpan(record * RadioRecord.Size, RadioRecord.Size);
            bytes.Clear();

            // Drawn as phones draw theirs.
            BitConverter.TryWriteBytes(bytes, new Random(device).NextInt64());
            bytes[0] = (byte)((bytes[0] & 0xFC) | 2);
            _random = (_random * 1664525) + 1013904223;
            bytes[RadioRecord.RssiDbm] = (byte)(166 + (_random >> 26));
            bytes[RadioRecord.Channel] = 6;
            BitConverter.TryWriteBytes(bytes.Slice(RadioRecord.TimeMs), timeMs);
            bytes[RadioRecord.Flags] = (byte)flags;
        }
    }
}
