namespace JamBox.Backend.Portal;

/// <summary>
/// Where the portal's files come from: the build, or, while somebody works on them, the folder as it is at each request of a page.
/// </summary>
internal sealed class PortalSource
{
    private readonly string? _folder;
    private PortalFiles _files;

    /// <summary>Makes it.</summary>
    public PortalSource(IHostEnvironment environment)
    {
        string folder = Path.Combine(environment.ContentRootPath, "Portal");
        _folder = environment.IsDevelopment() && File.Exists(Path.Combine(folder, "shell.html")) ? folder : null;
        _files = _folder is null ? PortalFiles.OfAssembly() : PortalFiles.OfFolder(_folder);
    }

    /// <summary>The files.</summary>
    public PortalFiles Files => _files;

    /// <summary>The files, for a page that is about to be given.</summary>
    public PortalFiles Renew() => _folder is null ? _files : _files = PortalFiles.OfFolder(_folder);
}
