using System.Globalization;
using System.Text.Json.Serialization;

using JamBox.Backend.Builds;
using JamBox.Backend.Firmware;
using JamBox.Backend.Places;
using JamBox.Backend.Security;
using JamBox.Backend.Storage;
using JamBox.Backend.Trust;
using JamBox.Backend.Updates;
using JamBox.Backend.Wire;

using Microsoft.AspNetCore.Http.HttpResults;

namespace JamBox.Backend.Rollouts;

/// <summary>
/// What would become of a release: how many boxes of its hardware could take it, and what stands in the way of the others. Asked with the
/// data of an image before it is uploaded, or with a build before it is rolled out.
/// </summary>
internal static class Preflight
{
    /// <summary>A box that was not heard for so long is silent: as long as a stage waits for one unless said, ms.</summary>
    private const long SilentMs = 24 * 60 * 60 * 1000L;

    /// <summary>Boxes by name: a line of a request has 8 KB.</summary>
    private const int MaxDevices = 500;

    /// <summary>Native checksums in a query: 64 assemblies are more than any image has.</summary>
    private const int MaxNativeChars = 4096;

    /// <summary>The route.</summary>
    public static void MapPreflight(this IEndpointRouteBuilder routes)
    {
        RouteGroupBuilder admin = routes.MapFor(Role.Admin);
        admin.WithTags("Rollouts");
        admin.MapGet("/ota/preflight", Get).WithName("GetPreflight").TakesQuery(
            new NumberParameter("firmware", 1, int.MaxValue, "A build; then nothing else is needed."),
            new TextParameter("product", "The product of a release for things, with platform and version.") { Example = "clock" },
            new TextParameter("platform", "Its platform.") { Example = "esp32c3" },
            new TextParameter("env", "Its environment.") { Default = FirmwareText.Production },
            new TextParameter("hw", "Hardware id of an image that is not uploaded yet.") { Example = "atoms3-nb1" },
            new NumberParameter("seq", 0, int.MaxValue, "Its sequence."),
            new TextParameter("version", "Its version.") { Example = "6.1.0" },
            new TextParameter("natives", "Name=checksum of its assemblies, separated by blanks; not said: not looked at.")
            {
                Example = "mscorlib=1549c856",
            },
            new TextParameter("places", "Only boxes that stand at one of these places: ids, separated by commas.") { Example = "3,7" },
            new TextParameter("tags", "Only boxes with one of these tags, separated by commas.") { Example = "pilot" },
            new TextParameter("devices", "Only these boxes: 1 to 500 ids, separated by commas.") { Example = "JBNB0001,JBNB0002" })
            .Refuses(StatusCodes.Status404NotFound);
    }

    /// <summary>Says how many boxes could take a release, and what stands in the way of the others.</summary>
    /// <param name="store">The storage.</param>
    /// <param name="keys">For the keys that count.</param>
    /// <param name="firmware">A build; then nothing else is needed.</param>
    /// <param name="product">The product of a release for things, with platform and version.</param>
    /// <param name="platform">Its platform.</param>
    /// <param name="env">Its environment; prod unless said.</param>
    /// <param name="hw">Hardware id of an image that is not uploaded yet.</param>
    /// <param name="seq">Its sequence.</param>
    /// <param name="version">Its version.</param>
    /// <param name="natives">Name=checksum of its assemblies, separated by blanks; not said: not looked at.</param>
    /// <param name="places">Only boxes that stand at one of these places: ids, separated by commas.</param>
    /// <param name="tags">Only boxes with one of these tags, separated by commas.</param>
    /// <param name="devices">Only these boxes: ids, separated by commas.</param>
    /// <param name="clock">The clock.</param>
    /// <param name="platforms">The platforms that there are.</param>
    internal static async Task<Results<Ok<PreflightView>, ProblemHttpResult>> Get(
        Store store, FleetKeys keys, string? firmware, string? product, string? platform, string? env, string? hw, string? seq,
        string? version, string? natives, string? places, string? tags, string? devices, TimeProvider clock, PlatformTable platforms)
    {
        string[] named = string.IsNullOrEmpty(devices) ? [] : devices.Split(',');
        if (named.Length > MaxDevices || named.Contains(""))
        {
            return AdminProblem.Of(
                StatusCodes.Status400BadRequest,
                "devices: must be 1 to 500 ids, separated by commas, such as JBNB0001,JBNB0002");
        }

        if (!TryTarget(places, tags, out RolloutTarget? target))
        {
            return AdminProblem.Of(
                StatusCodes.Status400BadRequest, "places, tags: must be ids of places, and tags, separated by commas, such as 3,7");
        }

        if (target is not null && await store.ReadAsync(target, static (session, asked) => asked.FindFault(session)).ConfigureAwait(false)
            is { } wrong)
        {
            return AdminProblem.Of(StatusCodes.Status400BadRequest, wrong);
        }

        if (!string.IsNullOrEmpty(product) || !string.IsNullOrEmpty(platform))
        {
            return ReleaseVersion.Parse(version) is not { } parsed
                ? AdminProblem.Of(StatusCodes.Status400BadRequest, $"version: {ReleaseVersion.Rule}")
                : platforms.Find(platform ?? "") is not { } known
                ? AdminProblem.Of(StatusCodes.Status400BadRequest, platforms.Refuse(platform ?? ""))
                : TypedResults.Ok(
                    await store.ReadAsync(
                        ((new ThingLine(product ?? "", known.Name, string.IsNullOrEmpty(env) ? FirmwareText.Production : env),
                            parsed.Text, parsed.Key, platforms.NamesOf(known)), clock.GetUtcNow().ToUnixTimeMilliseconds(), target, named),
                        static (session, asked) => LookAtThings(session, asked.Item1, asked.Item2, asked.target, asked.named))
                        .ConfigureAwait(false));
        }

        if (!string.IsNullOrEmpty(firmware))
        {
            return long.TryParse(firmware, NumberStyles.None, CultureInfo.InvariantCulture, out long id)
                && await store.ReadAsync(id, BuildSql.Find).ConfigureAwait(false) is { } build
                ? TypedResults.Ok(
                    await store.ReadAsync(
                        ((build.Hardware, build.Version, build.Sequence, build.Assemblies, (Build?)build, (FleetKeys?)keys),
                            clock.GetUtcNow().ToUnixTimeMilliseconds(), target, named),
                        static (session, asked) => Look(session, asked.Item1, asked.Item2, asked.target, asked.named))
                        .ConfigureAwait(false))
                : AdminProblem.Of(StatusCodes.Status404NotFound, "No such build: see GET /api/ota/firmware");
        }

        string? fault = !ReleaseText.IsHardware(hw ?? "") ? ReleaseText.HardwareRule
            : !ReleaseText.IsReleaseVersion(version ?? "") ? ReleaseText.ReleaseVersionRule
            : !int.TryParse(seq, NumberStyles.None, CultureInfo.InvariantCulture,
                out _) ? "seq: must be a whole number from 0 to 2147483647"
            : !AreNatives(natives) ? "natives: must be name=checksum, separated by blanks, such as mscorlib=1549c856"
            : null;
        return fault is not null
            ? AdminProblem.Of(StatusCodes.Status400BadRequest, fault)
            : TypedResults.Ok(
                await store.ReadAsync(
                    ((hw!, version!, int.Parse(seq!, CultureInfo.InvariantCulture), natives, (Build?)null, (FleetKeys?)keys),
                        clock.GetUtcNow().ToUnixTimeMilliseconds(), target, named),
                    static (session, asked) => Look(session, asked.Item1, asked.Item2, asked.target, asked.named)).ConfigureAwait(false));
    }

    /// <summary>Looks at the fleet, or at the boxes of a target, or at some of them by name.</summary>
    internal static PreflightView Look(
        SqlSession session, (string Hardware, string Version, int Sequence, string? Assemblies, Build? Build, FleetKeys? Keys) wanted,
        long now, RolloutTarget? target = null, string[]? named = null)
    {
        HashSet<string>? inside = target?.Boxes(session);
        HashSet<string>? asked = named is { Length: > 0 } ? [.. named] : null;
        List<(string Id, string Base, int Sequence, string Profiles, string? PinnedTo, bool HasNoKey, bool IsBarred, bool IsSilent)> boxes =
            [];
        using (SqlStatement row = session.Query(FleetSql, wanted.Hardware, wanted.Build?.Id ?? 0))
        {
            while (row.Read())
            {
                if (inside?.Contains(row.Text(0)) == false || asked?.Contains(row.Text(0)) == false)
                {
                    continue;
                }

                boxes.Add((row.Text(0), row.Text(1), row.Int32(2), row.Text(3), row.TextOrNull(4), row.Int64(5) != 0, row.Int64(6) != 0,
                    now - (row.Int64OrNull(7) ?? 0) >= SilentMs));
            }
        }

        Dictionary<string, Build?> starts = boxes.Select(static box => box.Base).Distinct().ToDictionary(
            static start => start, start => BuildSql.FindBase(session, wanted.Hardware, start));
        string? bar = wanted.Sequence < TrustSql.MinimumOf(session, wanted.Hardware) ? TrustRules.Floor
            : wanted.Build is { } build ? TrustRules.FindBar(session, build)
            : null;
        List<(string, string)> held = [];
        int current = 0;
        int silent = 0;
        foreach (var box in boxes)
        {
            Build? start = starts[box.Base];
            string? profile = UpdateObstacles.ProfileFor(box.Profiles);
            if (box.Sequence == wanted.Sequence && (start is null || start.Version == wanted.Version))
            {
                current++;
                continue;
            }

            string? why = box.Sequence >= wanted.Sequence ? UpdateObstacles.Sequence
                : bar is not null ? bar
                : box.IsBarred ? RolloutBoxSql.FailedBefore
                : box.PinnedTo is not null && box.PinnedTo != wanted.Version ? UpdateObstacles.Pinned
                : box.HasNoKey ? UpdateObstacles.NoKey
                : wanted.Assemblies is { Length: > 0 } natives && UpdateObstacles.NeedsOtherClr(start, natives) ? UpdateObstacles.Native
                : profile is null ? UpdateObstacles.NoProfile
                : wanted.Build is not null && UpdateObstacles.HasNoPatch(session, wanted.Build, start, profile) ? UpdateObstacles.NoPatch
                : null;
            if (why is not null)
            {
                held.Add((box.Id, why));
            }
            else if (box.IsSilent)
            {
                silent++;
            }
        }

        IReadOnlyList<PublicKey>? trusted = wanted.Keys is null ? null : TrustSql.Current(session, wanted.Keys)?.Keys;
        return new PreflightView(
            boxes.Count, current, boxes.Count - current - held.Count, silent, boxes.Count(box => starts[box.Base] is null),
            ObstacleView.Of(held), trusted is [PublicKey first, ..] ? first.Hex : null,
            trusted is null ? null : [.. trusted.Select(static key => key.Hex)]);
    }

    /// <summary>Looks at the things of a line, or of a target, or at some of them by name.</summary>
    internal static PreflightView LookAtThings(
        SqlSession session, (ThingLine Line, string Version, string Order, IReadOnlyList<string> Boards) wanted, long now,
        RolloutTarget? target = null, string[]? named = null)
    {
        HashSet<string>? inside = target?.Things(session);
        HashSet<string>? asked = named is { Length: > 0 } ? [.. named] : null;
        List<LineThing> things = ThingBoxSql.OfLine(session, wanted.Line, wanted.Boards, null).FindAll(
            thing => inside?.Contains(thing.DeviceId) != false && asked?.Contains(thing.DeviceId) != false);
        HashSet<string> barred = Barred(session, wanted.Line, wanted.Order);
        List<(string, string)> held = [];
        int current = 0;
        int silent = 0;
        foreach (LineThing thing in things)
        {
            string? why = string.CompareOrdinal(thing.Order, wanted.Order) > 0 ? UpdateObstacles.Sequence
                : barred.Contains(thing.DeviceId) ? RolloutBoxSql.FailedBefore
                : thing.PinnedTo is { } pin && !ReleaseVersion.IsSame(pin, wanted.Version) ? UpdateObstacles.Pinned
                : null;
            if (thing.Order == wanted.Order)
            {
                current++;
            }
            else if (why is not null)
            {
                held.Add((thing.DeviceId, why));
            }
            else if (thing.LastSeenAt is null || now - thing.LastSeenAt > SilentMs)
            {
                silent++;
            }
        }

        return new PreflightView(
            things.Count, current, things.Count - current - held.Count, silent, 0, ObstacleView.Of(held), null, null);
    }

    /// <summary>The things on which a release failed in a roll-out, and that nobody has allowed it again.</summary>
    private static HashSet<string> Barred(SqlSession session, ThingLine line, string order)
    {
        HashSet<string> barred = [];
        using SqlStatement row = session.Query("""
            SELECT DISTINCT e.device_id FROM ota_sessions e JOIN ota_rollouts f ON f.id = e.rollout_id
            WHERE f.hw = $1 AND f.order_key = $2 AND e.state = 'failed' AND coalesce(e.why, '') <> 'interrupted' AND e.allowed_at IS NULL
            """, line.Key, order);
        while (row.Read())
        {
            barred.Add(row.Text(0));
        }

        return barred;
    }

    private static bool TryTarget(string? places, string? tags, out RolloutTarget? target)
    {
        string[] ids = string.IsNullOrEmpty(places) ? [] : places.Split(',');
        string[] words = string.IsNullOrEmpty(tags) ? [] : tags.Split(',');
        target = null;
        bool isFine = ids.Length <= RolloutTarget.MaxItems && words.Length <= RolloutTarget.MaxItems && words.All(TagSql.IsTag)
            && ids.All(static id => int.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out _));
        if (isFine && ids.Length + words.Length > 0)
        {
            target = new RolloutTarget([.. ids.Select(static id => long.Parse(id, CultureInfo.InvariantCulture))], words);
        }

        return isFine;
    }

    private static bool AreNatives(string? text) =>
        string.IsNullOrEmpty(text)
       
           
               
                   
                        || (
                            text.Length <= MaxNativeChars && text.Split(' ').All(
                                static pair => pair.Split('=') is { Length: 2 } parts && parts[0].Length > 0 && parts[1].Length == 8
                                    && parts[1].All(char.IsAsciiHexDigit)));

    private const string FleetSql = """
        SELECT o.device_id, o.base, o.sequence, o.profiles, p.version,
            CASE WHEN EXISTS (SELECT 1 FROM ota_attempts k WHERE k.why = 'no_key' AND k.allowed_at IS NULL
                AND k.id = (SELECT max(n.id) FROM ota_attempts n WHERE n.device_id = o.device_id AND n.ended_at IS NOT NULL)) THEN 1 ELSE 0 END,
            CASE WHEN EXISTS (SELECT 1 FROM ota_attempts e WHERE e.device_id = o.device_id AND e.firmware_id = $2
                AND e.state IN ('failed', 'rolled_back') AND coalesce(e.why, '') <> 'withdrawn' AND e.allowed_at IS NULL) THEN 1 ELSE 0 END,
            d.last_seen_at
        FROM ota_devices o JOIN devices d ON d.device_id = o.device_id LEFT JOIN ota_pins p ON p.device_id = o.device_id
        WHERE o.hw = $1 AND d.status = 'active' ORDER BY o.device_id
        """;
}

/// <summary>What would become of a release.</summary>
/// <param name="Boxes">Boxes of the hardware that have said what they run, and are switched on.</param>
/// <param name="Current">Those that run it.</param>
/// <param name="Able">Those that could take it.</param>
/// <param name="Silent">Those of them that have not been heard for a day: a stage does not wait for them.</param>
/// <param name="UnknownBase">Those that run an image that was never uploaded: they get the full image, and may refuse it for another
/// nanoCLR.</param>
/// <param name="Obstacles">What stands in the way of the others.</param>
/// <param name="PublicKey">The first of the keys that this server checks signatures with, 128 hex digits; null = it has none.</param>
/// <param name="PublicKeys">All of them: a release must be signed by one; null = it does not check.</param>
internal sealed record PreflightView(
    [property: JsonPropertyName("boxes")] int Boxes,
    [property: JsonPropertyName("current")] int Current,
    [property: JsonPropertyName("able")] int Able,
    [property: JsonPropertyName("silent")] int Silent,
    [property: JsonPropertyName("unknown_base")] int UnknownBase,
    [property: JsonPropertyName("obstacles")] IReadOnlyList<ObstacleView> Obstacles,
    [property: JsonPropertyName("public_key")] string? PublicKey,
    [property: JsonPropertyName("public_keys")] IReadOnlyList<string>? PublicKeys);
