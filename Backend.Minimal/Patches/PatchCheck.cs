using System.Globalization;
using System.Security.Cryptography;

using JamBox.Backend.Builds;
using JamBox.Ota.Patching;

namespace JamBox.Backend.Patches;

/// <summary>Makes a patch and sees that it gives the image again before anybody is offered it.</summary>
internal static class PatchCheck
{
    /// <summary>
    /// Chunks that a device's patch partition of 1 MB holds: seven in each sector of 4 KB, whose rest tells which of them are there.
    /// </summary>
    public const int MaxChunks = 1024 / 4 * 7;

    /// <summary>Makes a patch, or finds out that it cannot or need not be.</summary>
    /// <param name="patch">What is wanted.</param>
    /// <param name="start">The base image; empty for the full image.</param>
    /// <param name="target">The image.</param>
    /// <param name="fullSize">Bytes of the full image in the same profile, when it is made.</param>
    /// <param name="progress">From 0 to 1.</param>
    /// <param name="stopping">Stops the work.</param>
    /// <returns>The patch's row as it should be, and its bytes when it is ready.</returns>
    public static (Patch Made, byte[]? Data) Make(
        Patch patch, byte[] start, byte[] target, int? fullSize, IProgress<double> progress, CancellationToken stopping)
    {
        byte[] bytes = PatchMaker.Make(start, target, Enum.Parse<PatchProfile>(patch.Profile), stopping, progress);
        PatchError error = PatchApplier.Apply(start, bytes, DeploymentImage.MaxLength, out byte[] image);
        bool isSame = error == PatchError.None && SHA256.HashData(image).AsSpan().SequenceEqual(SHA256.HashData(target));
        int chunks = ReleaseText.Chunks(bytes.Length);
        Patch made = patch with { State = PatchState.Ready, Size = bytes.Length, Sha256 = Convert.ToHexStringLower(SHA256.HashData(bytes)), ChunkCount = chunks };
        return !isSame ? (patch with { State = PatchState.Failed, Error = $"The patch does not give the image again: {error}" }, null)
            : fullSize <= bytes.Length ? (made with { State = PatchState.Useless }, null)
            : chunks > MaxChunks
                ? (made with
                {
                    State = PatchState.Failed,
                    Error = string.Create(CultureInfo.InvariantCulture, $"The patch has {chunks} chunks; a device holds {MaxChunks}"),
                }, null)
            : (made, bytes);
    }
}
