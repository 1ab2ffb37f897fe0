using System.Runtime.CompilerServices;
using System.Security.Cryptography;

namespace JamBox.Ota.Patching;

/// <summary>
/// Makes patches. Equal input gives equal bytes, on every machine. A patch from an empty base is the full image in the same container.
/// </summary>
public static class PatchMaker
{
    // Images from here on leave tens of megabytes of arrays behind.
    private const int LargeImages = 1 << 20;

    /// <summary>A third round changes hardly a step.</summary>
    private const int MapRounds = 2;

    /// <summary>Makes a patch.</summary>
    /// <param name="from">The base image, which the device has; empty for a full image.</param>
    /// <param name="to">The new image.</param>
    /// <param name="profile">What the device can apply.</param>
    /// <param name="cancellation">Stops the work.</param>
    /// <param name="progress">From 0 to 1, now and then.</param>
    /// <returns>The patch.</returns>
    public static byte[] Make(
        ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, PatchProfile profile, CancellationToken cancellation = default,
        IProgress<double>? progress = null)
    {
        if (profile == PatchProfile.R)
        {
            return MakeMapped(from, to, cancellation, progress);
        }

        using var patch = new MemoryStream();
        if (profile == PatchProfile.E)
        {
            patch.Write(PatchFormat.EspMagic);
            patch.Write(SHA256.HashData(from));
            patch.Write(new byte[PatchFormat.EspHeaderSize - PatchFormat.EspMagic.Length - SHA256.HashSizeInBytes]);
        }

        patch.WriteByte(profile == PatchProfile.L ? (byte)PatchFormat.SequentialLzma : (byte)PatchFormat.SequentialHeatshrink);
        PatchVarint.Write(patch, to.Length);
        if (!to.IsEmpty)
        {
            Tidy(from.Length + to.Length);
            patch.Write(Search(from, to, profile, cancellation, progress));
            Tidy(from.Length + to.Length);
        }

        return patch.ToArray();
    }

    /// <summary>
    /// Profile R: where base and new image are alike says how references are numbered anew; from a base that is numbered so more is alike,
    /// which says it better. Where nothing is,
    /// it is profile L.
    /// </summary>
    private static byte[] MakeMapped(
        ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, CancellationToken cancellation, IProgress<double>? progress)
    {
        byte[] image = from.ToArray();
        byte[] wanted = to.ToArray();
        List<ImageReference> old = ReferenceFinder.Find(image);
        List<ImageReference> made = ReferenceFinder.Find(wanted);
        byte[] mapped = image;
        ReferenceMap map = new();
        for (int round = 0; round < MapRounds && old.Count > 0 && made.Count > 0; round++)
        {
            List<Alignment> alignments = AlignmentFinder.Find(mapped, wanted, cancellation, static _ => { });
            long work = 0;
            List<Piece> pieces = PieceChooser.Choose(mapped, wanted, alignments, PieceCosts.Guess(PatchProfile.L), ref work, cancellation);
            map = MapLearner.Learn(old, made, pieces, cancellation);
            mapped = map.Map(image, old);
        }

        if (map.IsEmpty)
        {
            return Make(from, to, PatchProfile.L, cancellation, progress);
        }

        using var before = new MemoryStream();
        map.Write(before);
        using var patch = new MemoryStream();
        patch.WriteByte(PatchFormat.MappedLzma);
        PatchVarint.Write(patch, to.Length);
        patch.Write(new PatchSearch(mapped, wanted, PatchProfile.R, cancellation, progress, before.ToArray()).Run());
        return patch.ToArray();
    }

    // On its own, so that nothing of the search is held by the caller's frame when it is over.
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static byte[] Search(ReadOnlySpan<byte> from, ReadOnlySpan<byte> to, PatchProfile profile, CancellationToken cancellation,
        IProgress<double>? progress) =>
        new PatchSearch(from.ToArray(), to.ToArray(), profile, cancellation, progress).Run();

    /// <summary>
    /// The collector is in no hurry with large arrays while the machine has memory: a server that makes one patch after the other would
    /// hold those of all of them, and whatever its caller left (measured with 5 MB images: 440 MB instead of 230).
    /// </summary>
    private static void Tidy(int bytes)
    {
        if (bytes > LargeImages)
        {
            GC.Collect();
        }
    }
}
