using JamBox.Backend.Telemetry;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>What rows hold as bytes is read as it was written.</summary>
public sealed class PackedTests
{
    [Fact]
    public void EveryNumberIsReadExactly()
    {
        const int Seed = 20260129;
        Random random = new(Seed);
        List<double> numbers =
            [0, 1, -1, 0.1, 21.57, -0.0001, 1e150, -1e150, double.Epsilon, 1 / 3d, 9007199254740991, 9007199254740993, 123456.7891];
        for (int i = 0; i < 20000; i++)
        {
            numbers.Add(random.Next(3) switch
            {
                0 => Math.Round(random.NextDouble() * 1000, random.Next(6)),
                1 => random.Next(),
                _ => BitConverter.Int64BitsToDouble(random.NextInt64()) is var any && double.IsFinite(any) ? any : 0,
            });
        }

        PackedWriter writer = new();
        foreach (double number in numbers)
        {
            writer.Clear();
            writer.Number(number);
            PackedReader reader = new(writer.ToArray());
            double read = reader.Number();
            Assert.True(read.Equals(number) && reader.IsAtEnd, $"{number:R} is read as {read:R}; seed {Seed}");
        }
    }

    [Fact]
    public void AMessageOfFourKeysTakesFewBytes()
    {
        List<TelemetryPoint> points =
        [
            new("temperature", TelemetryValue.Of(21.57)), new("humidity", TelemetryValue.Of(48.2)), new("v0", TelemetryValue.Of(true)),
            new("rssi", TelemetryValue.Of(-67)),
        ];
        byte[] packed = TelemetryRow.Pack(points, new PackedWriter());
        Assert.InRange(packed.Length, 1, 50);
        Assert.Equal(points, TelemetryRow.Unpack(packed));
    }

    [Fact]
    public void AStateIsReadAsItWasWritten()
    {
        DeviceValues values = new();
        List<ValueChange> changes = [];
        values.Report(new TelemetryPoint("a", TelemetryValue.Of("ä text")), 1_000, "x", changes);
        values.Report(new TelemetryPoint("b", TelemetryValue.Of(-1.5)), 2_000, "x", changes);
        values.Want(new TelemetryPoint("b", TelemetryValue.Of(true)), 3_000, "anna@example.org", changes);
        values.Want(new TelemetryPoint("c", TelemetryValue.Of(7)), 3_000, "key", changes);
        values.EndWishes(3_000 + DeviceValues.WishMs, changes);
        values.Want(new TelemetryPoint("c", TelemetryValue.Of(8)), 4_000 + DeviceValues.WishMs, "key", changes);
        DeviceValues read = DeviceValues.Unpack(values.Pack(new PackedWriter()));
        Assert.Equal(Said(values), Said(read));

        static string Said(DeviceValues all) => string.Join('\n', all.Entries.Select(static one =>
            $"{one.Key} {one.Reported} {one.ReportedAt} {one.FirstAt} {one.WasWanted} {one.Wish}"));
    }
}
