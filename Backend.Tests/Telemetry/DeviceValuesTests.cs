using JamBox.Backend.Telemetry;

namespace JamBox.Backend.Tests.Telemetry;

/// <summary>What counts of what was reported and what is wanted.</summary>
public sealed class DeviceValuesTests
{
    private const long Day = 24 * 60 * 60 * 1000L;

    private readonly DeviceValues _values = new();
    private readonly List<ValueChange> _changes = [];

    [Fact]
    public void ADeviceThatSaysTheOldValueAMomentLaterDoesNotUndoAWish()
    {
        Report("v0", 0, 1_000);
        Want("v0", 1, 2_000);
        Report("v0", 0, 2_010);
        Assert.Equal("1", Merged("v0"));
        Report("v0", 1, 3_000);
        Assert.Equal("1", Merged("v0"));

        // From then on its word counts again.
        Report("v0", 0, 4_000);
        Assert.Equal("0", Merged("v0"));
        Assert.Equal("wanted 0 1, met 0 1, reported 1 0", Told());
    }

    [Fact]
    public void WhatWasReportedBeforeTheWishDoesNotMeetIt()
    {
        Report("v0", 0, 1_000);
        Want("v0", 1, 5_000);
        Report("v0", 1, 4_000);
        Assert.Equal("1", Merged("v0"));
        Report("v0", 0, 6_000);
        Assert.Equal("1", Merged("v0"));
    }

    [Fact]
    public void AWishEndsAfterADay()
    {
        Report("v0", 0, 1_000);
        Want("v0", 1, 2_000);
        _values.EndWishes(2_000 + Day - 1, _changes);
        Assert.Equal("1", Merged("v0"));
        _values.EndWishes(2_000 + Day, _changes);
        Assert.Equal("0", Merged("v0"));
        Assert.True(_values.Find("v0")!.Wish!.IsOver);
        _values.EndWishes(3_000 + Day, _changes);
        Assert.Equal("wanted 0 1, expired 1 0", Told());

        // Done after all: it need not be shown any longer.
        Report("v0", 1, 9_000 + Day);
        Assert.Null(_values.Find("v0")!.Wish);
    }

    [Fact]
    public void NullWithdrawsAWishAndRemovesAKey()
    {
        Report("v0", 0, 1_000);
        Want("v0", 1, 2_000);
        _values.Want(new TelemetryPoint("v0", default), 3_000, "anna", _changes);
        Assert.Equal("0", Merged("v0"));
        _values.Report(new TelemetryPoint("v0", default), 4_000, "x", _changes);
        Assert.Empty(_values.Merged());

        // What was under way does not bring it back.
        Report("v0", 0, 3_500);
        Assert.Empty(_values.Merged());
    }

    [Fact]
    public void TrueIsAsGoodAsOne()
    {
        Want("v0", 1, 1_000);
        _values.Report(new TelemetryPoint("v0", TelemetryValue.Of(true)), 2_000, "x", _changes);
        Assert.Null(_values.Find("v0")!.Wish);
    }

    [Fact]
    public void ThereAreNeverMoreKeysThanHaveRoom()
    {
        for (int i = 0; i < DeviceValues.MaxKeys; i++)
        {
            Report($"k{i}", i, 1_000);
        }

        TelemetryPoint more = new("more", TelemetryValue.Of(1));
        Assert.False(_values.HasRoomFor([more]));
        Assert.True(_values.HasRoomFor([new TelemetryPoint("k7", TelemetryValue.Of(1))]));
        _values.Report(new TelemetryPoint("k3", default), 2_000, "x", _changes);
        Assert.True(_values.HasRoomFor([more]));
        _values.Report(more, 3_000, "x", _changes);
        Assert.Equal(DeviceValues.MaxKeys, _values.Entries.Count);
        Assert.Equal(DeviceValues.MaxKeys, _values.Merged().Count);
    }

    /// <summary>Thousands of steps, compared with a model that looks through all that ever happened.</summary>
    [Fact]
    public void ARandomWalkAgreesWithTheNaiveModel()
    {
        int seed = int.Parse(Environment.GetEnvironmentVariable("JAMBOX_FUZZ_SEED") ?? "20260129");
        Random random = new(seed);
        for (int walk = 0; walk < 50; walk++)
        {
            DeviceValues values = new();
            NaiveState model = new();
            long now = 1_000_000;
            for (int step = 0; step < 200; step++)
            {
                now += random.Next(20) == 0 ? random.NextInt64(2 * Day) : random.Next(1, 60_000);
                string key = $"k{random.Next(3)}";
                int? value = random.Next(8) == 0 ? null : random.Next(3);
                TelemetryPoint point = new(key, value is { } number ? TelemetryValue.Of(number) : default);
                values.EndWishes(now, []);
                switch (random.Next(3))
                {
                    case 0:
                        values.Want(point, now, "anna", []);
                        model.Want(now, key, value);
                        break;
                    case 1:
                        values.Report(point, now, "x", []);
                        model.Report(now, key, value);
                        break;
                    default:
                        long late = now - random.Next(120_000);
                        values.Report(point, late, "x", []);
                        model.Report(late, key, value);
                        break;
                }

                // Through the storage and back.
                values = DeviceValues.Unpack(values.Pack(new PackedWriter()));
                string expected = model.Merged(now);
                string actual = string.Join(' ', values.Merged().Select(static one => $"{one.Key}={one.Value}").Order());
                Assert.True(
                    expected == actual,
                    $"Walk {walk}, step {step}: {actual} instead of {expected}. Again with: JAMBOX_FUZZ_SEED={seed} dotnet test Backend.Tests "
                    + "--filter ARandomWalkAgreesWithTheNaiveModel");
            }
        }
    }

    private void Report(string key, int value, long at) =>
        _values.Report(new TelemetryPoint(key, TelemetryValue.Of(value)), at, "x", _changes);

    private void Want(string key, int value, long at) =>
        _values.Want(new TelemetryPoint(key, TelemetryValue.Of(value)), at, "anna", _changes);

    private string Merged(string key) => _values.Merged().Find(point => point.Key == key).Value.ToString();

    private string Told() =>
        string.Join(", ", _changes.Select(static change => $"{change.Kind} {change.Before} {change.After}".ToLowerInvariant()));

    /// <summary>Says of a key what counts, by the words of the contract.</summary>
    private sealed class NaiveState
    {
        private List<(long At, string Key, int? Value)> Wants { get; } = [];

        private List<(long At, string Key, int? Value)> Reports { get; } = [];

        public void Want(long at, string key, int? value) => Wants.Add((at, key, value));

        /// <summary>A key of which nobody has heard cannot be removed.</summary>
        public void Report(long at, string key, int? value)
        {
            if (value is not null || Reports.Exists(one => one.Key == key) || Wants.Exists(one => one.Key == key && one.Value is not null))
            {
                Reports.Add((at, key, value));
            }
        }

        public string Merged(long now) => string.Join(
            ' ', Wants.Concat(Reports).Select(static one => one.Key).Distinct().Order()
                .Select(key => (key, value: Of(key, now))).Where(static one => one.value is not null)
                .Select(static one => $"{one.key}={one.value}"));

        private int? Of(string key, long now)
        {
            // Reports count in the order of their time, and not those that came when a later one was known; of two of one time the later.
            List<(long At, string Key, int? Value)> heard = [];
            foreach ((long At, string Key, int? Value) report in Reports.Where(one => one.Key == key))
            {
                if (heard.Count == 0 || report.At >= heard[^1].At)
                {
                    heard.Add(report);
                }
            }

            (long At, string Key, int? Value)? wish = Wants.Where(one => one.Key == key).Select(static one => ((long, string, int?)?)one)
                .LastOrDefault();
            if (wish is { Value: { } wanted } open && now - open.At < Day
                && !heard.Exists(one => one.At >= open.At && one.Value == wanted))
            {
                return wanted;
            }

            return heard.Count == 0 ? null : heard[^1].Value;
        }
    }
}
