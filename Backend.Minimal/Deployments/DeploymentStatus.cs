namespace JamBox.Backend.Deployments;

/// <summary>The words with which a gateway says how far it is.</summary>
internal static class DeploymentStatus
{
    /// <summary>The package comes.</summary>
    public const string Downloading = "downloading";

    /// <summary>It is here, whole.</summary>
    public const string Downloaded = "downloaded";

    /// <summary>It is unpacked.</summary>
    public const string Extracting = "extracting";

    /// <summary>Its script runs; its modules are written.</summary>
    public const string Deploying = "deploying";

    /// <summary>It is asked whether it works.</summary>
    public const string Checking = "checking";

    /// <summary>It is what runs there.</summary>
    public const string Completed = "completed";

    /// <summary>It is not, or not all of it.</summary>
    public const string Failed = "failed";

    /// <summary>A newer notice took its place before it had begun, or the gateway was retired.</summary>
    public const string Removed = "removed";

    /// <summary>All of them.</summary>
    public static readonly string[] All =
        [Downloading, Downloaded, Extracting, Deploying, Checking, Completed, Failed, Removed];

    /// <summary>Whether nothing more comes after it.</summary>
    public static bool IsEnd(string status) => status is Completed or Failed or Removed;
}

/// <summary>The words for how far a module is.</summary>
internal static class ModuleStatus
{
    /// <summary>All of them.</summary>
    public static readonly string[] All = ["waiting", "triggered", "pushing", "returning", "done", "failed", "restored", "skipped"];
}
