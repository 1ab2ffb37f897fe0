using JamBox.Bench.CommandLine;
using JamBox.Ota.Images;

namespace JamBox.Bench.Images;

/// <summary>Reads deployment images from files, with messages that name the file.</summary>
internal static class ImageFile
{
    /// <summary>Reads the image in a file.</summary>
    /// <param name="path">The file.</param>
    /// <returns>The image.</returns>
    /// <exception cref="ImageException">It is none.</exception>
    /// <exception cref="BenchException">The file cannot be read.</exception>
    public static DeploymentImage Load(string path)
    {
        var file = new FileInfo(path);
        if (!file.Exists)
        {
            throw new BenchException($"{path}: there is no such file", ExitCode.BadInput);
        }

        if (file.Length > DeploymentImage.MaxLength * 2)
        {
            throw new ImageException($"{path}: {file.Length} bytes are no deployment image: the partition has {DeploymentImage.MaxLength}");
        }

        try
        {
            return DeploymentImage.Read(File.ReadAllBytes(path));
        }
        catch (ImageException e)
        {
            throw new ImageException($"{path}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new BenchException($"{path}: {e.Message}", ExitCode.BadInput);
        }
    }
}
