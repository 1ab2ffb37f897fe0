namespace JamBox.Ota;

/// <summary>The end of an update that the backend has not been told yet. The numbers are stored: they must not change.</summary>
public enum OtaResult
{
    /// <summary>It knows all there is to know.</summary>
    None = 0,

    /// <summary>The new image was confirmed.</summary>
    Success = 1,

    /// <summary>The old image is back.</summary>
    RolledBack = 2,

    /// <summary>It came to nothing.</summary>
    Failed = 3,
}
