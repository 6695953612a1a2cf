# Arguments for any command, made up from the names of its parameters: so that what is asked of every command is asked of new ones, too.

# What fits the parameters of this command, in the set that names most of what is given. A switch is set where it is mandatory.
function Get-CommandArgument {
    param(
        [System.Management.Automation.CommandInfo] $Command,
        # Values by name. What else is mandatory gets one that fits its name.
        [hashtable] $Given,
        # Parameters that come along the pipeline.
        [string[]] $Piped = @(),
        # A path in the source of the snapshots that are given.
        [string] $Path
    )
    $set = $Command.ParameterSets | Sort-Object -Property @{ Expression = { @($_.Parameters.Name | Where-Object { $Given.ContainsKey($_) -or $_ -in $Piped }).Count }; Descending = $true }, @{ Expression = 'IsDefault'; Descending = $true } | Select-Object -First 1
    $arguments = @{}
    foreach ($parameter in $set.Parameters | Where-Object Name -NotIn $Piped) {
        if ($Given.ContainsKey($parameter.Name)) { $arguments[$parameter.Name] = $Given[$parameter.Name] }
        elseif ($parameter.IsMandatory) {
            $arguments[$parameter.Name] = switch ($parameter) {
                { $_.ParameterType -eq [switch] } { $true; break }
                { $Command.Verb -eq 'New' } { if ($_.Name -like '*Path') { Join-Path $TestRoot 'new' } else { 'new' }; break }
                { $_.Name -match 'Path|Source' } { $Path; break }
                { $_.Name -match 'Reference|Difference|Snapshot' } { $Given.SnapshotId; break }
                default { '*' }
            }
        }
    }
    $arguments
}
