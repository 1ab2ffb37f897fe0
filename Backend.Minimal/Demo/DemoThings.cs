using System.Globalization;
using System.Text;
using System.Text.Json;

using JamBox.Backend.Devices;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Telemetry;
using JamBox.Backend.Things;

using NodaTime;

namespace JamBox.Backend.Demo;

/// <summary>
/// Lets the things of the virtual shop speak: their past at once, then once a minute, by the way that real ones come. What is asked of them
/// they do at their next word.
/// </summary>
internal sealed class DemoThings
{
    /// <summary>So much of a past the sensor has, days; the others have one.</summary>
    public const int PastDays = 7;

    private const long DayMs = 24 * 60 * 60 * 1000L;

    private const int FirstOpenHour = 9;
    private const int LastOpenHour = 19;

    private readonly Store _store;
    private readonly TimeProvider _clock;
    private readonly TelemetryIntake _intake;
    private readonly ThingCalls _calls;

    /// <summary>Makes it.</summary>
    public DemoThings(Store store, TimeProvider clock, TelemetryIntake intake, ThingCalls calls)
    {
        _store = store;
        _clock = clock;
        _intake = intake;
        _calls = calls;
    }

    /// <summary>Says what is to be said now, and before it what is missing of their past.</summary>
    /// <param name="box">The virtual box, beside which they stand.</param>
    /// <param name="zone">The zone of its place.</param>
    /// <param name="stopping">Ends it early.</param>
    public async Task TellAsync(DemoBox box, DateTimeZone zone, CancellationToken stopping)
    {
        List<DemoThingRow> things = await _store.ReadAsync(box.PlaceId, DemoThingSql.List).ConfigureAwait(false);
        if (things.Count < DemoCast.All.Count && await _store.WriteAsync((box, Now), DemoThingSql.Add).ConfigureAwait(false) > 0)
        {
            things = await _store.ReadAsync(box.PlaceId, DemoThingSql.List).ConfigureAwait(false);
        }

        foreach (DemoThingRow row in things)
        {
            stopping.ThrowIfCancellationRequested();
            await TellAsync(row, DemoCast.Find(row.Device.DeviceId), zone, stopping).ConfigureAwait(false);
        }
    }

    private long Now => _clock.GetUtcNow().ToUnixTimeMilliseconds();

    private async Task TellAsync(DemoThingRow row, DemoThing thing, DateTimeZone zone, CancellationToken stopping)
    {
        StoredState state = await _store.ReadAsync((thing.DeviceId, Now), StateSql.Read).ConfigureAwait(false);
        if (state.At is null)
        {
            await TellPastAsync(row.Device, thing, zone, stopping).ConfigureAwait(false);
        }

        long now = Now;
        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartObject();
            WriteData(json, thing, DemoMoment.At(now, zone), state);
            json.WriteEndObject();
        }

        await TakeAsync(row.Device, body, stopping).ConfigureAwait(false);
        await BeatAsync(row, thing, now, zone).ConfigureAwait(false);
    }

    private async Task TellPastAsync(DeviceIdentity device, DemoThing thing, DateTimeZone zone, CancellationToken stopping)
    {
        long last = Now / DemoDays.SlotMs;
        long slot = last - (thing.PastDays * DayMs / DemoDays.SlotMs);
        while (slot < last)
        {
            long until = Math.Min(last, slot + TelemetryBody.MaxBatch);
            using MemoryStream body = new();
            using (Utf8JsonWriter json = new(body))
            {
                json.WriteStartObject();
                json.WriteStartArray("batch");
                for (; slot < until; slot++)
                {
                    json.WriteStartObject();
                    json.WriteString("t", DateTimeOffset.FromUnixTimeMilliseconds(slot * DemoDays.SlotMs).UtcDateTime);
                    WriteData(json, thing, DemoMoment.At(slot * DemoDays.SlotMs, zone), null);
                    json.WriteEndObject();
                }

                json.WriteEndArray();
                json.WriteEndObject();
            }

            await TakeAsync(device, body, stopping).ConfigureAwait(false);
        }
    }

    private async Task TakeAsync(DeviceIdentity device, MemoryStream body, CancellationToken stopping)
    {
        TelemetryBody said = TelemetryBody.Parse(body.GetBuffer().AsSpan(0, (int)body.Length), out string? fault)
            ?? throw new InvalidOperationException($"{device.DeviceId} says what is no telemetry: {fault}");
        await _intake.TakeAsync(device, said, stopping).ConfigureAwait(false);
    }

    private async Task BeatAsync(DemoThingRow row, DemoThing thing, long now, DateTimeZone zone)
    {
        ThingHeartbeat beat = new()
        {
            UptimeSeconds = (now - row.RegisteredAt) / 1000,
            RssiDbm = thing.RssiDbm + (int)DemoMoment.At(now, zone).Noise(9, 3),
            FreeHeapBytes = thing.FreeHeapBytes,
            Ssid = thing.Kind == DeviceKind.Gateway ? null : "Virtual shop",
            Ip = thing.Ip,
        };
        await _calls.BeatAsync(thing.DeviceId, beat).ConfigureAwait(false);
        int hour = HourOf(now, zone);
        if (thing.Rings && row.BeatAt is { } before && HourOf(before, zone) != hour && hour is >= FirstOpenHour and <= LastOpenHour)
        {
            string rang = string.Create(CultureInfo.InvariantCulture, $"{{\"hour\":{hour}}}");
            await _calls.TakeEventAsync(thing.DeviceId, "rang", Encoding.ASCII.GetBytes(rang)).ConfigureAwait(false);
        }

        if (thing.ShowsTime)
        {
            await _calls.TakeSnapshotAsync(thing.DeviceId, DemoDisplay.Draw(LocalOf(now, zone))).ConfigureAwait(false);
        }
    }

    /// <summary>What it measures, and its outputs: as they stand, or as somebody wants them.</summary>
    private static void WriteData(Utf8JsonWriter json, DemoThing thing, DemoMoment moment, StoredState? state)
    {
        json.WriteStartObject("data");
        foreach ((string key, Func<DemoMoment, double> measure) in thing.Measures)
        {
            json.WriteNumber(key, Math.Round(measure(moment), 1));
        }

        foreach ((string key, double first) in thing.Outputs)
        {
            json.WritePropertyName(key);
            DeviceValue? known = state?.Values.Entries.FirstOrDefault(entry => entry.Key == key);
            TelemetryValue value = known is null ? default : known.Wish is { IsOver: false } wish ? wish.Value : known.Reported;
            if (value.Kind == TelemetryKind.Null)
            {
                json.WriteNumberValue(first);
            }
            else
            {
                value.WriteTo(json);
            }
        }

        json.WriteEndObject();
    }

    private static LocalDateTime LocalOf(long at, DateTimeZone zone) => Instant.FromUnixTimeMilliseconds(at).InZone(zone).LocalDateTime;

    private static int HourOf(long at, DateTimeZone zone) => LocalOf(at, zone).Hour;
}

/// <summary>A thing of the virtual shop.</summary>
/// <param name="DeviceId">Its id.</param>
/// <param name="Kind">thing or gateway.</param>
/// <param name="Name">What people call it.</param>
/// <param name="Product">What its firmware is for; no real one has the name, so that no rule for a product is meant.</param>
/// <param name="Platform">Its chip or board.</param>
/// <param name="Version">Its firmware.</param>
/// <param name="Measures">What it measures, by key.</param>
/// <param name="Outputs">What can be asked of it, by key, and how it stands at first.</param>
internal sealed record DemoThing(
    string DeviceId, string Kind, string Name, string Product, string Platform, string Version,
    IReadOnlyList<(string Key, Func<DemoMoment, double> Measure)> Measures, IReadOnlyList<(string Key, double First)> Outputs)
{
    /// <summary>Days of its past.</summary>
    public int PastDays { get; init; } = 1;

    /// <summary>How well it hears its network on the mean, dBm; null = it is wired.</summary>
    public int? RssiDbm { get; init; }

    /// <summary>Free heap, bytes.</summary>
    public long FreeHeapBytes { get; init; } = 151_000;

    /// <summary>Its address, of those that are kept for examples (RFC 5737).</summary>
    public required string Ip { get; init; }

    /// <summary>Whether it tells each full hour that it rang.</summary>
    public bool Rings { get; init; }

    /// <summary>Whether its display shows the time.</summary>
    public bool ShowsTime { get; init; }
}

/// <summary>A moment in the virtual shop: what sensors feel of it.</summary>
/// <param name="AtMs">Milliseconds since 1970.</param>
/// <param name="Hour">The time of day by the clock of the place, hours.</param>
/// <param name="People">Who is there.</param>
internal readonly record struct DemoMoment(long AtMs, double Hour, double People)
{
    private const long MinuteMs = 60_000;

    /// <summary>Makes it.</summary>
    /// <param name="at">Milliseconds since 1970.</param>
    /// <param name="zone">The place's zone.</param>
    public static DemoMoment At(long at, DateTimeZone zone)
    {
        LocalDateTime local = Instant.FromUnixTimeMilliseconds(at).InZone(zone).LocalDateTime;
        return new DemoMoment(at, local.Hour + (local.Minute / 60.0), DemoDays.Embedded.At(at, zone).Present);
    }

    /// <summary>A wave of a day, 1 at the hour, -1 twelve hours from it.</summary>
    /// <param name="hour">When it is highest.</param>
    public double Day(double hour) => Math.Cos((Hour - hour) * Math.PI / 12);

    /// <summary>What a measurement is off: the same for the same minute.</summary>
    /// <param name="lane">Tells those of one minute apart.</param>
    /// <param name="most">At most, either way.</param>
    public double Noise(int lane, double most)
    {
        ulong mixed = ((ulong)(AtMs / MinuteMs) * 31) + (ulong)lane;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return most * ((((mixed ^ (mixed >> 31)) >> 11) / (double)(1L << 52)) - 1);
    }
}

/// <summary>Who there is.</summary>
internal static class DemoCast
{
    private const int BatteryDays = 90;
    private const long DayMs = 24 * 60 * 60 * 1000L;

    /// <summary>The things, by id.</summary>
    public static readonly IReadOnlyList<DemoThing> All =
    [
        new("DEMO-bell", DeviceKind.Thing, "Bell at the door", "demo-bell", "esp12f", "v0.9.4",
            [("supply_v", static m => 5 + m.Noise(1, 0.1))], [("v0", 0), ("v1", 70)])
        {
            RssiDbm = -71, FreeHeapBytes = 24_800, Ip = "192.0.2.31", Rings = true,
        },
        new("DEMO-clock", DeviceKind.Thing, "Clock in the hall", "demo-clock", "esp32c3", "v1.2.3",
            [
                ("temperature", static m => 21 + m.Day(15) + m.Noise(2, 0.2)),
                ("light", static m => Math.Max(0, (320 * m.Day(13)) + m.Noise(3, 8))),
            ],
            [("v0", 1), ("v1", 60)])
        {
            RssiDbm = -58, Ip = "192.0.2.32", ShowsTime = true,
        },
        new("DEMO-gateway", DeviceKind.Gateway, "Computer in the back room", "demo-gateway", "linux-arm64", "v1.2.0",
            [("cpu_temperature", static m => 51 + (3 * m.Day(15)) + m.Noise(4, 0.8)), ("modules", static _ => 3)], [])
        {
            FreeHeapBytes = 3_100_000_000, Ip = "192.0.2.10",
        },
        new("DEMO-sensor", DeviceKind.Thing, "Air at the counter", "demo-climate", "esp32", "v2.0.1",
            [
                ("temperature", static m => 20 + (1.5 * m.Day(15)) + (0.08 * m.People) + m.Noise(5, 0.2)),
                ("humidity", static m => 44 - (3 * m.Day(15)) + (0.3 * m.People) + m.Noise(6, 0.6)),
                ("co2", static m => 430 + (22 * m.People) + m.Noise(7, 12)),
                ("battery", static m => 100 - (0.7 * (m.AtMs / DayMs % BatteryDays))),
            ],
            [])
        {
            RssiDbm = -64, Ip = "192.0.2.33", PastDays = DemoThings.PastDays,
        },
    ];

    /// <summary>The thing of an id.</summary>
    public static DemoThing Find(string deviceId) => All.First(thing => thing.DeviceId == deviceId);
}

/// <summary>The display of the clock: digits of 5 × 7 pixels, twice as large.</summary>
internal static class DemoDisplay
{
    private const int Width = 64;
    private const int Height = 16;
    private const int Scale = 2;

    /// <summary>Lines of 5 pixels, the topmost first; behind the digits the colon, as in ASCII.</summary>
    private static readonly string[] s_font =
    [
        "0E 11 13 15 19 11 0E", "04 0C 04 04 04 04 0E", "0E 11 01 06 08 10 1F", "0E 11 01 06 01 11 0E", "02 06 0A 12 1F 02 02",
        "1F 10 1E 01 01 11 0E", "06 08 10 1E 11 11 0E", "1F 01 02 04 08 08 08", "0E 11 11 0E 11 11 0E", "0E 11 11 0F 01 02 0C",
        "00 04 04 00 04 04 00",
    ];

    /// <summary>Draws a time of day.</summary>
    /// <returns>A snapshot as displays send it.</returns>
    public static byte[] Draw(LocalDateTime local)
    {
        string text = string.Create(CultureInfo.InvariantCulture, $"{local.Hour:00}:{local.Minute:00}");
        byte[] pixels = new byte[Width * Height / 8];
        for (int i = 0; i < text.Length; i++)
        {
            string[] lines = s_font[text[i] - '0'].Split(' ');
            for (int y = 0; y < lines.Length * Scale; y++)
            {
                int line = int.Parse(lines[y / Scale], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
                for (int x = 0; x < 5 * Scale; x++)
                {
                    if ((line & (0x10 >> (x / Scale))) != 0)
                    {
                        int at = ((y + 1) * Width) + 2 + (i * 6 * Scale) + x;
                        pixels[at / 8] |= (byte)(0x80 >> (at % 8));
                    }
                }
            }
        }

        using MemoryStream body = new();
        using (Utf8JsonWriter json = new(body))
        {
            json.WriteStartArray();
            json.WriteStartObject();
            json.WriteNumber("width", Width);
            json.WriteNumber("height", Height);
            json.WriteString("text", text);
            json.WriteBase64String("pixels", pixels);
            json.WriteString("monoColor", "#ffb000");
            json.WriteEndObject();
            json.WriteEndArray();
        }

        return body.ToArray();
    }
}
