namespace JamBox.Edge.Modules;

/// <summary>How a module is told to take an image.</summary>
public enum TriggerKind
{
    /// <summary>Not at all: it always listens.</summary>
    None,

    /// <summary>By a CAN message, through the gateway's own broker.</summary>
    Can,

    /// <summary>By an HTTP request.</summary>
    Http,
}

/// <summary>The settings of deployments to modules (<c>modules…</c>).</summary>
public sealed class ModuleOptions
{
    /// <summary>How many modules are served at once, 1…100.</summary>
    public int Parallel { get; set; } = 20;

    /// <summary>How a module is told.</summary>
    public TriggerKind Trigger { get; set; } = TriggerKind.None;

    /// <summary>
    /// Where the HTTP request goes (POST): <c>{hostname}</c> and <c>{address}</c> stand for the module's. At most 400 characters.
    /// </summary>
    public string? TriggerUrl { get; set; }

    /// <summary>How long a module's version is waited for before its deployment, s, 0…60: retained messages come at once.</summary>
    public int VersionSeconds { get; set; } = 3;

    /// <summary>How long a module's name is looked for, s, 1…600.</summary>
    public int ReadySeconds { get; set; } = 100;

    /// <summary>How often an image is pushed when connections break, 1…5.</summary>
    public int PushTries { get; set; } = 3;

    /// <summary>How long a module may take to come back with its new version, s, 5…600.</summary>
    public int ReturnSeconds { get; set; } = 90;

    /// <summary>
    /// How long a module that is back is watched, s, 0…120: one that says its version twice more in that time keeps starting again.
    /// 0 = not at all.
    /// </summary>
    public int SettleSeconds { get; set; } = 15;

    /// <summary>How long one module may take in all, min, 1…120.</summary>
    public int ModuleMinutes { get; set; } = 30;

    /// <summary>Checks the ranges.</summary>
    /// <returns>What is wrong, a sentence each; none = all is well.</returns>
    public IReadOnlyList<string> Faults()
    {
        List<string> faults = [];
        Check(faults, nameof(Parallel), Parallel, 1, 200);
        Check(faults, nameof(VersionSeconds), VersionSeconds, 0, 60);
        Check(faults, nameof(ReadySeconds), ReadySeconds, 1, 600);
        Check(faults, nameof(PushTries), PushTries, 1, 5);
        Check(faults, nameof(ReturnSeconds), ReturnSeconds, 5, 600);
        Check(faults, nameof(SettleSeconds), SettleSeconds, 0, 120);
        Check(faults, nameof(ModuleMinutes), ModuleMinutes, 1, 120);
        if (Trigger == TriggerKind.Http && !HttpTrigger.IsTemplate(TriggerUrl))
        {
            faults.Add("modules.triggerUrl must be an http or https address, such as http://{address}/ota.");
        }

        return faults;
    }

    private static void Check(List<string> faults, string name, int value, int min, int max)
    {
        if (value < min || value > max)
        {
            faults.Add($"modules.{char.ToLowerInvariant(name[0])}{name[1..]} must be {min} to {max}, not {value}.");
        }
    }
}
