using JamBox.Backend.Devices;
using JamBox.Backend.Rollouts;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

namespace JamBox.Backend.Firmware;

/// <summary>What somebody asks for.</summary>
/// <param name="Platform">The platform.</param>
/// <param name="Product">The product; null = the device's own, or the only one that there is.</param>
/// <param name="Environment">The environment.</param>
/// <param name="Version">The version; null = what is meant for it: the pinned one, what a roll-out offers, or the newest.</param>
/// <param name="Device">The device that asks; null = a person or tool.</param>
/// <param name="IsOfUnknown">Whether it may be a device that is not known by name, such as those that share a key: it gets without a
/// version what is through all stages.</param>
internal sealed record FirmwareWish(
    Platform Platform, string? Product, string Environment, ReleaseVersion? Version, DeviceIdentity? Device, bool IsOfUnknown = false);

/// <summary>The one place that decides which release of the firmware for things somebody gets, however they ask.</summary>
internal static class FirmwareChoice
{
    /// <summary>A thing that asks often is noted so often, ms: a third of the time after which it is no longer online.</summary>
    private const long NoteMs = 5 * 60 * 1000L;

    /// <summary>Decides for people, tools, and devices that are not known by name; reads only.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">What is asked for, and by what name platforms are known.</param>
    /// <returns>The release, or why there is none.</returns>
    public static (Release? Release, Refusal? Refusal) Decide(SqlSession session, (FirmwareWish Wish, PlatformTable Platforms) wanted)
    {
        (Asked? asked, Refusal? refusal) = Know(session, wanted.Wish, wanted.Platforms);
        return asked is null ? (null, refusal) : Plain(session, wanted.Wish, asked);
    }

    /// <summary>Decides for a device, as far as that can be done by reading.</summary>
    /// <param name="session">The connection.</param>
    /// <param name="wanted">What is asked for, by what name platforms are known, and milliseconds since 1970.</param>
    /// <returns>The release, or why there is none; neither = <see cref="Ask"/>.</returns>
    public static (Release? Release, Refusal? Refusal) Peek(
        SqlSession session, (FirmwareWish Wish, PlatformTable Platforms, long Now) wanted)
    {
        (Asked? asked, Refusal? refusal) = Know(session, wanted.Wish, wanted.Platforms);
        return asked is null ? (null, refusal)
            : asked.Own?.IsThing == true && (!IsNoted(session, asked, wanted.Now) || ThingLineSql.IsRolled(session, asked.Line))
                ? (null, null)
            : Plain(session, wanted.Wish, asked);
    }

    /// <summary>Decides for a device, and notes that it asked: a roll-out may take it in.</summary>
    /// <param name="session">The connection, in a writing transaction.</param>
    /// <param name="wanted">What is asked for, by what name platforms are known, and milliseconds since 1970.</param>
    /// <returns>The release, or why there is none.</returns>
    public static (Release? Release, Refusal? Refusal) Ask(
        SqlSession session, (FirmwareWish Wish, PlatformTable Platforms, long Now) wanted)
    {
        (Asked? asked, Refusal? refusal) = Know(session, wanted.Wish, wanted.Platforms);
        if (asked?.Own is not { IsThing: true } own)
        {
            return asked is null ? (null, refusal) : Plain(session, wanted.Wish, asked);
        }

        // Noted first: the roll-out looks at what the device said.
        Note(session, asked, wanted.Now);
        (Release? release, refusal, string? reason) = ForThing(session, wanted.Wish, asked, own, wanted.Now);
        session.Execute(
            "UPDATE ota_devices SET reason = $2 WHERE device_id = $1 AND coalesce(reason, '') <> coalesce($2, '')", own.DeviceId, reason);
        return (release, refusal);
    }

    /// <summary>The newest releases as people are told of them, or as devices are that nobody knows by name.</summary>
    public static List<Release> Newest(SqlSession session, (int Limit, bool IsOfUnknown) wanted)
    {
        List<Release> newest = ReleaseSql.NewestOfEach(session, wanted.Limit);
        HashSet<string> rolled = wanted.IsOfUnknown ? ThingLineSql.Rolled(session) : [];
        return [.. newest
            .Select(release => rolled.Contains(ThingLine.Of(release).Key) ? ThingLineSql.Through(session, ThingLine.Of(release)) : release)
            .OfType<Release>()];
    }

    /// <summary>The same for a device; of its own line it is what it would be given.</summary>
    /// <param name="session">The connection, in a writing transaction: it asks.</param>
    /// <param name="wanted">How many, the device, by what name platforms are known, and milliseconds since 1970.</param>
    public static List<Release> NewestFor(
        SqlSession session, (int Limit, DeviceIdentity Device, PlatformTable Platforms, long Now) wanted)
    {
        OwnDevice? own = Own(session, wanted.Device.DeviceId);
        List<Release> newest = Newest(session, (wanted.Limit, true));
        if (own is not { IsThing: true, Product: { } product, Platform: { } board } || wanted.Platforms.Resolve(board) is not { } platform)
        {
            return newest;
        }

        string environment = EnvironmentOf(session, own.DeviceId) ?? FirmwareText.Production;
        FirmwareWish wish = new(platform, product, environment, null, wanted.Device);
        (Release? release, _) = Ask(session, (wish, wanted.Platforms, wanted.Now));
        string key = new ThingLine(product, platform.Name, environment).Key;
        newest.RemoveAll(other => ThingLine.Of(other).Key == key);
        return release is null ? newest : [release, .. newest];
    }

    /// <summary>The version that a device is pinned to; null = none.</summary>
    public static string? PinOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT version FROM ota_pins WHERE device_id = $1", deviceId);
        return row.Read() ? row.Text(0) : null;
    }

    /// <summary>What is asked for, as far as the register and the releases say what was left out.</summary>
    private static (Asked? Asked, Refusal? Refusal) Know(SqlSession session, FirmwareWish wish, PlatformTable platforms)
    {
        OwnDevice? own = wish.Device is null ? null : Own(session, wish.Device.DeviceId);
        if (own?.Platform is not null && platforms.Resolve(own.Platform) is { } platform && platform.Name != wish.Platform.Name)
        {
            return (null, new Refusal(StatusCodes.Status403Forbidden, $"This device is of {platform.Name}, not of {wish.Platform.Name}"));
        }

        if (own?.Product is not null && wish.Product is not null && wish.Product != own.Product)
        {
            return (null, new Refusal(StatusCodes.Status403Forbidden, "This device is of another product"));
        }

        (string? product, Refusal? refusal) = ProductOf(session, wish, own?.Product);
        if (product is null)
        {
            return (null, refusal);
        }

        string? pin = own is null ? null : PinOf(session, own.DeviceId);
        return (new Asked(new ThingLine(product, wish.Platform.Name, wish.Environment), own, pin), null);
    }

    /// <summary>
    /// What is not decided by stages: a version that is named or pinned, the newest for people, what is through for the rest.
    /// </summary>
    private static (Release? Release, Refusal? Refusal) Plain(SqlSession session, FirmwareWish wish, Asked asked)
    {
        ReleaseVersion? version = wish.Version ?? ReleaseVersion.Parse(asked.PinnedTo);
        bool isLimited = (wish.IsOfUnknown || asked.Own is not null) && ThingLineSql.IsRolled(session, asked.Line);
        Release? release = version is not null ? ThingLineSql.OfKey(session, asked.Line, version.Key)
            : isLimited ? ThingLineSql.Through(session, asked.Line)
            : ReleaseSql.Newest(session, asked.Line.Product, asked.Line.Platform, asked.Line.Environment);
        return release is not null ? (release, null) : (null, None(wish, asked, version));
    }

    private static (Release? Release, Refusal? Refusal, string? Reason) ForThing(
        SqlSession session, FirmwareWish wish, Asked asked, OwnDevice own, long now)
    {
        bool isPinned = ReleaseVersion.Parse(asked.PinnedTo) is { } pin && (wish.Version is null || wish.Version.Key == pin.Key);
        if (isPinned || !ThingLineSql.IsRolled(session, asked.Line))
        {
            (Release? plain, Refusal? refusal) = Plain(session, wish, asked);
            return (plain, refusal, isPinned ? UpdateObstacles.Pinned : null);
        }

        string? runs = ReleaseVersion.Parse(own.Version)?.Key;
        (Rollout? rollout, string? reason) = RolloutChooser.Choose(
            session, asked.Line.Key, runs ?? "", runs ?? "", own.DeviceId, now);
        Release? before = ThingLineSql.Before(session, asked.Line);
        if (wish.Version is { } version)
        {
            // What it runs, and what is older, it may fetch again; nothing around the stages.
            bool mayHave = version.Key == rollout?.OrderKey
                || string.CompareOrdinal(version.Key, runs) <= 0
                || string.CompareOrdinal(version.Key, before?.Version.Key) <= 0;
            string why = rollout is not null ? $"{rollout.Version} is" : reason ?? RolloutChooser.NotInRollout;
            return mayHave && ThingLineSql.OfKey(session, asked.Line, version.Key) is { } release ? (release, null, null)
                : (null, mayHave ? None(wish, asked, version) : new Refusal(
                    StatusCodes.Status403Forbidden, $"{version.Text} is not for this device now: {why}"), reason);
        }

        Release? chosen = rollout is null ? null : ThingLineSql.OfKey(session, asked.Line, rollout.OrderKey);
        chosen ??= Newer(ThingLineSql.OfKey(session, asked.Line, runs), before);
        reason = rollout is null ? reason ?? RolloutChooser.UpToDate : null;
        return (chosen, chosen is null ? None(wish, asked, null, reason) : null, reason);
    }

    private static Release? Newer(Release? one, Release? other) =>
        one is null || (other is not null && other.Version.IsAfter(one.Version)) ? other : one;

    private static Refusal None(FirmwareWish wish, Asked asked, ReleaseVersion? version, string? reason = null) => Refusal.NotFound(
        $"There is no {(version is null ? "firmware" : $"version {version.Text}")} of {asked.Line.Product} for {asked.Line.Platform}"
        + (wish.Environment == FirmwareText.Production ? "" : $" in {wish.Environment}")
        + (wish.Version is null && asked.PinnedTo is not null ? $" (the device is pinned to {asked.PinnedTo})" : "")
        + (reason is null ? "" : $" for this device now: {reason}"));

    private static (string? Product, Refusal? Refusal) ProductOf(SqlSession session, FirmwareWish wish, string? own)
    {
        if ((wish.Product ?? own) is { } product)
        {
            return (product, null);
        }

        List<string> products = ReleaseSql.Products(session, wish.Platform.Name, wish.Environment);
        return products.Count switch
        {
            1 => (products[0], null),
            0 => (null, Refusal.NotFound($"There is no firmware for {wish.Platform.Name}")),
            _ => (null, new Refusal(StatusCodes.Status400BadRequest, "product: say which, there are several")),
        };
    }

    private static OwnDevice? Own(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query(
            "SELECT product, platform, kind, firmware_version FROM devices WHERE device_id = $1", deviceId);
        return row.Read()
            ? new OwnDevice(deviceId, row.TextOrNull(0), row.TextOrNull(1), row.Text(2) != DeviceKind.Box, row.TextOrNull(3))
            : null;
    }

    /// <summary>The environment for which a thing last asked; null = it never asked.</summary>
    private static string? EnvironmentOf(SqlSession session, string deviceId)
    {
        using SqlStatement row = session.Query("SELECT hw FROM ota_devices WHERE device_id = $1", deviceId);
        return row.Read() && row.Text(0).Split('/') is [_, _, var environment] ? environment : null;
    }

    private static bool IsNoted(SqlSession session, Asked asked, long now)
    {
        using SqlStatement row = session.Query(
            "SELECT 1 FROM ota_devices WHERE device_id = $1 AND hw = $2 AND checked_at > $3 AND reason IS NULL", asked.Own!.DeviceId,
            asked.Line.Key, now - NoteMs);
        return row.Read();
    }

    private static void Note(SqlSession session, Asked asked, long now)
    {
        session.Execute(
            "UPDATE devices SET last_seen_at = CASE WHEN last_seen_at > $2 THEN last_seen_at ELSE $2 END WHERE device_id = $1",
            asked.Own!.DeviceId, now);
        session.Execute("""
            INSERT INTO ota_devices (device_id, hw, base, version, sequence, profiles, checked_at) VALUES ($1, $2, '', $3, 0, '', $4)
            ON CONFLICT (device_id) DO UPDATE SET hw = excluded.hw, version = excluded.version, checked_at = excluded.checked_at
            """, asked.Own.DeviceId, asked.Line.Key, asked.Own.Version ?? "", now);
    }

    /// <summary>A device as the register knows it.</summary>
    private sealed record OwnDevice(string DeviceId, string? Product, string? Platform, bool IsThing, string? Version);

    /// <summary>What is asked for.</summary>
    private sealed record Asked(ThingLine Line, OwnDevice? Own, string? PinnedTo);
}
