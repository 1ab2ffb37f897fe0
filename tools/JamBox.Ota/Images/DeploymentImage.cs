using System.Security.Cryptography;
using System.Text;

namespace JamBox.Ota.Images;

/// <summary>
/// What lies in a box's deploy partition: .pe assemblies one after the other, each padded to 4 bytes. It ends where no assembly
/// follows: that length is the one that the box hashes.
/// </summary>
public sealed class DeploymentImage
{
    /// <summary>Size of the deploy partition, bytes.</summary>
    public const int MaxLength = 1280 * 1024;

    /// <summary>The assembly whose native checksum stands for the nanoCLR that the image needs.</summary>
    public const string InteropName = "JamBox.Interop";

    private const int Alignment = 4;

    private DeploymentImage(byte[] bytes, IReadOnlyList<ImageAssembly> assemblies, int trailingBytes)
    {
        Bytes = bytes;
        Assemblies = assemblies;
        TrailingBytes = trailingBytes;
        Sha256 = SHA256.HashData(bytes);
        NativeChecksum = assemblies.FirstOrDefault(assembly => assembly.Name == InteropName)?.NativeChecksum ?? 0;
    }

    /// <summary>The image, without what followed its last assembly.</summary>
    public byte[] Bytes { get; }

    /// <summary>Its assemblies, in order; at least one.</summary>
    public IReadOnlyList<ImageAssembly> Assemblies { get; }

    /// <summary>How many bytes of filling were left away at its end.</summary>
    public int TrailingBytes { get; }

    /// <summary>Its SHA-256.</summary>
    public byte[] Sha256 { get; }

    /// <summary>The checksum of the native methods that it needs; 0 when it needs none of ours.</summary>
    public uint NativeChecksum { get; }

    /// <summary>Walks from assembly to assembly.</summary>
    /// <param name="file">The image; filling with 0xFF or 0 may follow.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">A box could not start it.</exception>
    public static DeploymentImage Read(byte[] file)
    {
        var assemblies = new List<ImageAssembly>();
        int at = 0;
        while (at < file.Length && AssemblyHeader.IsAt(file.AsSpan(at)))
        {
            ImageAssembly assembly = AssemblyHeader.Read(file, at);
            if (assemblies.Exists(other => other.Name == assembly.Name))
            {
                throw new ImageException($"{assembly.Name} is in it twice, the second time at byte {at}");
            }

            assemblies.Add(assembly);
            at += (assembly.Size + Alignment - 1) / Alignment * Alignment;
            if (at > file.Length)
            {
                throw new ImageException($"{assembly.Name} is not padded to {Alignment} bytes: the file is cut off");
            }
        }

        CheckEnd(file, at);
        return new DeploymentImage(at == file.Length ? file : file[..at], assemblies, file.Length - at);
    }

    /// <summary>Whether a text is among the strings of the image.</summary>
    /// <param name="text">ASCII.</param>
    /// <returns>It is there, as a string of its own.</returns>
    public bool Names(string text) => Bytes.AsSpan().IndexOf(Encoding.ASCII.GetBytes($"\0{text}\0")) >= 0;

    private static void CheckEnd(byte[] file, int end)
    {
        ReadOnlySpan<byte> rest = file.AsSpan(end);
        if (AssemblyHeader.IsSecondFormatAt(rest))
        {
            throw new ImageException(
                $"the assembly at byte {end} has format NFMRK2 (a nanoFramework with generics): our nanoCLR takes NFMRK1 only");
        }

        if (end == 0)
        {
            throw new ImageException(
                "it does not begin with a .pe assembly (NFMRK1): take the .bin that the build writes, such as bin/Release/Firmware.Atoms3.bin");
        }

        if (rest.ContainsAnyExcept((byte)0xFF) && rest.ContainsAnyExcept((byte)0))
        {
            throw new ImageException(
                $"after the last assembly, from byte {end} on, come {rest.Length} bytes that are none: the file is damaged, or another was appended");
        }

        if (end > MaxLength)
        {
            throw new ImageException($"{end} bytes do not fit into the deploy partition, which has {MaxLength}");
        }
    }
}

/// <summary>One assembly of a deployment image.</summary>
/// <param name="Name">Its name; <c>#</c> and a number when it stands at that place of nanoCLR's own table, and is none that we
/// know.</param>
/// <param name="Version">Its version.</param>
/// <param name="NativeChecksum">Checksum over its native methods; 0 when it has none. The nanoCLR must have been built with the
/// same.</param>
/// <param name="Offset">Where it begins in the image, bytes.</param>
/// <param name="Size">How long it is, bytes, padding not counted.</param>
public sealed record ImageAssembly(string Name, Version Version, uint NativeChecksum, int Offset, int Size);

/// <summary>What was given is no deployment image that a box could start.</summary>
/// <param name="message">What is wrong, and where.</param>
public sealed class ImageException(string message) : FormatException(message);
