using JamBox.Backend.Builds;
using JamBox.Backend.Patches;
using JamBox.Backend.Storage;

namespace JamBox.Backend.Updates;

/// <summary>
/// What keeps a device from a release, whatever the roll-outs say. One place for what devices are told and for what people are shown
/// beforehand.
/// </summary>
internal static class UpdateObstacles
{
    /// <summary>It needs another nanoCLR, which comes by wire only.</summary>
    public const string Native = "native";

    /// <summary>It can apply none of the profiles that we make.</summary>
    public const string NoProfile = "no_profile";

    /// <summary>Neither a patch nor the full image could be made.</summary>
    public const string NoPatch = "no_patch";

    /// <summary>It has no key to check a signature with: its last update failed for that.</summary>
    public const string NoKey = "no_key";

    /// <summary>An operator pinned it to another version.</summary>
    public const string Pinned = "pinned";

    /// <summary>It runs that sequence or a higher one.</summary>
    public const string Sequence = "sequence";

    /// <summary>The profiles that we make, the smallest patches first.</summary>
    private const string ProfilesBySize = "RLHE";

    /// <summary>The profile that a device gets; null = it can apply none.</summary>
    /// <param name="profiles">What it can apply, such as <c>RLHE</c>.</param>
    public static string? ProfileFor(string profiles) =>
        ProfilesBySize.Where(p => profiles.Contains(p, StringComparison.Ordinal)).Select(static p => p.ToString()).FirstOrDefault();

    /// <summary>Whether an image needs another nanoCLR than the one that runs.</summary>
    /// <param name="start">The build that runs; null = nobody knows.</param>
    /// <param name="assemblies">Native checksums of the image, <see cref="Build.Assemblies"/>.</param>
    public static bool NeedsOtherClr(Build? start, string assemblies) =>
        start is not null && NativeChecksums.FindConflict(start.Assemblies, assemblies) is not null;

    /// <summary>Whether neither the patch nor the full image in its place will ever be there.</summary>
    public static bool HasNoPatch(SqlSession session, Build build, Build? start, string profile) =>
        !(
            start is not null
               
                   
                       
                           
                                && PatchSql.Find(session, build.Id, start.Sha256,
                                    profile) is { State: PatchState.Ready or PatchState.Waiting or PatchState.Making })
        && PatchSql.Find(session, build.Id, "", profile) is { State: PatchState.Failed };
}
