# The twelve conventions of the cmdlet contract, each over every exported command where reflection can tell.
# The twelfth (loading beside other modules, -Force twice) has a file of its own: Isolation.Tests.ps1. More of some is in others: what parameters
# take (Parameters), objects that were elsewhere (RoundTrip, Remoting), views (Views), streams (Streams), and stopping and progress of each long command (LongWork).

BeforeDiscovery {
    Import-Module -Name (Join-Path (Split-Path (Split-Path $PSScriptRoot)) 'BackupPS.psd1')
    $commands = Get-Command -Module BackupPS | ForEach-Object { @{ name = $_.Name; command = $_ } }
    $changers = $commands | Where-Object { $_.command.Verb -in 'New', 'Set', 'Add', 'Remove', 'Connect', 'Disconnect', 'Invoke', 'Restore', 'Copy', 'Repair', 'Optimize', 'Register', 'Unregister', 'Export', 'Import' }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    . (Join-Path $PSScriptRoot 'CommandArgument.ps1')
    $tree = Initialize-TestTree -Path (Join-Path $TestRoot 'tree')
    $repository = Initialize-TestRepository -Name vault
    $policy = New-BackupPolicy -Name web -Source $tree -Repository vault -KeepLast 2
    $result = Invoke-Backup -PolicyName web
    $snapshot = Get-BackupSnapshot -SnapshotId $result.SnapshotId
    $nouns = [BackupPS.BackupSnapshot].Assembly.GetExportedTypes()
    $ownParameters = { param($Command) $Command.Parameters.Values | Where-Object { $_.Name -notin [System.Management.Automation.Cmdlet]::CommonParameters -and $_.Name -notin [System.Management.Automation.Cmdlet]::OptionalCommonParameters } }
}

AfterAll { Clear-TestRoot }

Describe 'Manifest' {
    It 'names every cmdlet of the assembly, and nothing else' {
        $data = Import-PowerShellDataFile -LiteralPath $Manifest
        $types = (Get-Command -Name Invoke-Backup).ImplementingType.Assembly.GetExportedTypes()
        $implemented = foreach ($type in $types) { $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false) | ForEach-Object { "$($_.VerbName)-$($_.NounName)" } }
        $data.CmdletsToExport | Sort-Object | Should -Be ($implemented | Sort-Object)
        $data.CmdletsToExport | Should -Not -Match '\*'
        foreach ($key in 'FunctionsToExport', 'AliasesToExport', 'VariablesToExport') { $data[$key].Count | Should -Be 0 -Because $key }
        Test-ModuleManifest -Path $Manifest | Should -Not -BeNullOrEmpty
        $data.PowerShellVersion, $data.CompatiblePSEditions | Should -Be '7.6', 'Core'
    }

    It 'uses approved verbs and singular nouns: <name>' -ForEach $commands {
        $command.Verb | Should -BeIn (Get-Verb).Verb
        $command.Noun | Should -Match '^Backup'
        $command.Noun | Should -Not -Match '[^s]s$'
    }
}

Describe 'Convention 1: state changers ask and plan' {
    It '<name> has -WhatIf and -Confirm' -ForEach $changers {
        $command.Parameters.Keys | Should -Contain 'WhatIf'
        $command.Parameters.Keys | Should -Contain 'Confirm'
    }

    It 'has no command beside those that changes and does not ask' {
        $asking = (Get-Command -Module BackupPS | Where-Object { $_.Parameters.ContainsKey('WhatIf') }).Verb | Sort-Object -Unique
        $asking | Should -Be 'Connect', 'Disconnect', 'Export', 'Import', 'Invoke', 'New', 'Optimize', 'Remove', 'Restore', 'Set'
        (Get-Command -Module BackupPS | Where-Object { -not $_.Parameters.ContainsKey('WhatIf') }).Verb | Sort-Object -Unique | Should -Be 'Compare', 'Find', 'Get', 'Measure', 'Test'
    }

    It '<name> has the right ConfirmImpact' -ForEach $changers {
        $attribute = $command.ImplementingType.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)[0]
        $attribute.ConfirmImpact | Should -Be $(if ($command.Verb -in 'Remove', 'Optimize') { 'High' } else { 'Medium' })
    }

    It 'changes not a byte of repository, catalog or target under -WhatIf, by parameter or preference' {
        $target = Join-Path $TestRoot 'target'
        $policyFile = Join-Path $TestRoot 'policies.json'
        Export-BackupPolicy -Path $policyFile
        $before = Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME
        foreach ($preference in $false, $true) {
            $said = if ($preference) { @{} } else { @{ WhatIf = $true } }
            & {
                $WhatIfPreference = $preference
                New-BackupRepository -Name another -Path $target -KeyFile (Get-TestKeyFile) @said
                Set-BackupRepository -Name vault -NewName renamed @said
                Remove-BackupRepository -Name vault -DeleteData -Force @said
                Connect-BackupRepository -Name copied -Path $repository.Path -KeyFile (Get-TestKeyFile) @said
                Disconnect-BackupRepository -Name vault @said
                New-BackupPolicy -Name another -Source $tree -Repository vault @said
                Set-BackupPolicy -Name web -KeepLast 9 @said
                Remove-BackupPolicy -Name web @said
                Export-BackupPolicy -Path $target @said
                Import-BackupPolicy -Path $policyFile -Force @said
                Invoke-Backup -PolicyName web -Type Full @said
                Invoke-Backup -LiteralPath $tree -Repository vault @said
                Set-BackupSnapshot -SnapshotId $result.SnapshotId -Hold @said
                Remove-BackupSnapshot -SnapshotId $result.SnapshotId @said
                $null = Remove-BackupSnapshot -PolicyName web -ApplyRetention @said
                Restore-Backup -SnapshotId $result.SnapshotId -Destination $target @said
                Restore-Backup -SnapshotId $result.SnapshotId -Destination $tree -InPlace @said
                Optimize-BackupRepository -Repository vault @said
            } | Should -BeNullOrEmpty
        }
        $target | Should -Not -Exist
        Get-FolderState -Path $repository.Path, $env:BACKUPPS_HOME | Should -Be $before
        (Get-BackupRepository -Name vault).Status | Should -Be 'Unlocked'
    }

    It 'is tried there by every command that has -WhatIf' {
        $test = [System.Management.Automation.Language.Parser]::ParseFile((Join-Path $PSScriptRoot 'Conventions.Tests.ps1'), [ref]$null, [ref]$null).Find({ $args[0] -is [System.Management.Automation.Language.CommandAst] -and "$($args[0].CommandElements | Select-Object -Skip 1 -First 1)" -like "'changes not a byte*" }, $true)
        $tried = $test.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true) | ForEach-Object { $_.GetCommandName() }
        (Get-Command -Module BackupPS | Where-Object { $_.Parameters.ContainsKey('WhatIf') }).Name | Should -BeIn $tried
    }
}

Describe 'Convention 2: objects stream' {
    It 'lets the first object leave before the last is read' {
        # More than the command reads ahead, in the repository that comes first; then the other goes away while the first object is looked at.
        $null = Initialize-TestRepository -Name a-first
        $away = Initialize-TestRepository -Name z-last
        1..70 | ForEach-Object { $null = Invoke-Backup -LiteralPath (Join-Path $tree 'plain.txt') -Repository a-first -Tag streamed }
        $null = Invoke-Backup -LiteralPath (Join-Path $tree 'plain.txt') -Repository z-last -Tag streamed
        $seen = 0
        try {
            Get-BackupSnapshot -Tag streamed -ErrorVariable problem -ErrorAction SilentlyContinue | ForEach-Object {
                if ($seen++ -eq 0) { Move-Item -LiteralPath $away.Path -Destination "$($away.Path).away" }
            }
        }
        catch { $problem = $_ }
        $seen | Should -Be 70
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'StoreUnreachable,*'
        Remove-BackupRepository -Name a-first, z-last -Confirm:$false
    }

    It 'ends cleanly for Select-Object -First, and what follows works' {
        $first = Get-BackupSnapshot | Get-BackupItem -Recurse -ErrorVariable problem | Select-Object -First 1
        @($first).Count | Should -Be 1
        $problem | Should -BeNullOrEmpty
        (Get-BackupPolicy -Name web | Invoke-Backup | Select-Object -First 1).Status | Should -Be 'Complete'
        # A pipeline that was cut short has disposed of its commands: the same snapshot is read whole afterwards.
        @($snapshot | Get-BackupItem -Recurse).Count | Should -Be 9
    }

    It 'takes the first record before the second has come' {
        $order = [System.Collections.Generic.List[string]]::new()
        & { $order.Add('1 in'); $snapshot; $order.Add('2 in'); $snapshot } | Get-BackupItem | ForEach-Object { $order.Add('out') }
        $order | Should -Be '1 in', 'out', '2 in', 'out'
    }

    It 'goes on after a bad record: <name>' -ForEach @(
        @{ name = 'Get-BackupItem'; said = @{} }, @{ name = 'Find-BackupItem'; said = @{ Name = '*' } }, @{ name = 'Measure-BackupSnapshot'; said = @{} }, @{ name = 'Restore-Backup'; said = @{ Destination = 'TestRoot:/after-bad' } }, @{ name = 'Test-BackupIntegrity'; said = @{} },
        @{ name = 'Set-BackupSnapshot'; said = @{ Tag = 'x'; PassThru = $true } }, @{ name = 'Get-BackupSnapshot'; said = @{} }
    ) {
        $bad = [pscustomobject]@{ SnapshotId = 'ffffffffffffffff'; Repository = 'vault' }
        $out = $bad, $snapshot | & $name @said -ErrorVariable problem -ErrorAction SilentlyContinue
        @($out).SnapshotId | Should -Contain $snapshot.SnapshotId
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'SnapshotNotFound,*'
    }
}

Describe 'Convention 3: objects are flat' {
    It 'has only plain properties, and names ids for their noun' {
        $plain = [string], [long], [int], [bool], [double], [datetimeoffset], [timespan]
        foreach ($noun in $nouns) {
            $noun.IsEnum | Should -BeFalse -Because $noun.Name
            foreach ($property in $noun.GetProperties()) {
                $type = if ($property.PropertyType.IsArray) { $property.PropertyType.GetElementType() } else { $property.PropertyType }
                $type | Should -BeIn $plain -Because "$($noun.Name).$($property.Name)"
                $property.Name | Should -Not -Be 'Id' -Because $noun.Name
            }
        }
    }

    It 'has times in UTC' {
        foreach ($thing in $repository, $policy, $result, $snapshot, (Get-BackupRun -Last 1), ($result | Get-BackupEvent -Kind End), ($snapshot | Get-BackupItem), ($snapshot | Measure-BackupSnapshot), ($snapshot | Find-BackupItem -Name plain.txt)) {
            foreach ($property in $thing.PSObject.Properties | Where-Object { $_.Value -is [datetimeoffset] }) { $property.Value.Offset | Should -Be ([timespan]::Zero) -Because "$($thing.GetType().Name).$($property.Name)" }
        }
    }

    It 'still binds after <way>' -ForEach @(@{ way = 'Export-Clixml' }, @{ way = 'a job' }, @{ way = 'JSON' }) {
        if ($way -eq 'a job') { Skip-WithoutJob }
        function Copy-Through {
            param($InputObject)
            switch ($way) {
                'Export-Clixml' { $InputObject | Export-Clixml -LiteralPath "$TestRoot/copy.xml"; Import-Clixml -LiteralPath "$TestRoot/copy.xml" }
                'a job' { Start-Job -ScriptBlock { $using:InputObject } | Receive-Job -Wait -AutoRemoveJob }
                'JSON' { $InputObject | ConvertTo-Json | ConvertFrom-Json }
            }
        }
        $copy = Copy-Through $snapshot
        $copy | Should -Not -BeOfType BackupPS.BackupSnapshot
        ($copy | Restore-Backup -Destination (Join-Path $TestRoot "through-$way")).Status | Should -Be 'Complete'
        ($copy | Test-BackupIntegrity -Level Data).SnapshotId | Should -Be $snapshot.SnapshotId
        (Copy-Through $policy | Invoke-Backup).PolicyName | Should -Be 'web'
        (Invoke-Backup -PolicyName (Copy-Through $policy)).PolicyName | Should -Be 'web'
        (Get-BackupSnapshot -Repository (Copy-Through $repository)).SnapshotId | Should -Contain $snapshot.SnapshotId
        (Copy-Through ($snapshot | Get-BackupItem -LiteralPath "$tree/a[1].txt") | Restore-Backup -Destination (Join-Path $TestRoot "item-$way")).FilesRestored | Should -Be 1
        (Copy-Through $result | Get-BackupEvent -Kind End).RunId | Should -Be $result.RunId
        (Copy-Through $result | Restore-Backup -Destination (Join-Path $TestRoot "result-$way")).FilesRestored | Should -Be 6
    }
}

Describe 'Convention 4: one noun, one type, one view' {
    It '<name> declares what it emits' -ForEach $commands {
        $expected = switch ($name) {
            'Restore-Backup' { 'BackupPS.RestoreResult' }
            'Invoke-Backup' { 'BackupPS.BackupResult' }
            'Test-BackupIntegrity' { 'BackupPS.IntegrityReport', 'System.Boolean' }
            'Optimize-BackupRepository' { 'BackupPS.MaintenanceResult' }
            'Remove-BackupSnapshot' { 'BackupPS.BackupSnapshot', 'BackupPS.RetentionDecision' }
            'Compare-BackupSnapshot' { 'BackupPS.BackupItemChange' }
            'Measure-BackupSnapshot' { 'BackupPS.BackupSnapshotSize' }
            'Get-BackupContent' { 'System.Byte', 'System.String' }
            'Export-BackupPolicy' { '' }
            default { "BackupPS.$($command.Noun)" }
        }
        @($command.OutputType | ForEach-Object Name | Sort-Object) -join ' ' | Should -Be ($expected -join ' ')
    }

    It 'has a view for each type that is emitted' {
        $declared = (Get-Command -Module BackupPS).OutputType | ForEach-Object Name | Where-Object { $_ -like 'BackupPS.*' } | Sort-Object -Unique
        $declared | Should -Be ($nouns.FullName | Sort-Object)
        foreach ($type in $declared) { Get-FormatData -TypeName $type | Should -Not -BeNullOrEmpty -Because $type }
    }

    It 'emits what it declares' {
        $given = @{ SnapshotId = $snapshot.SnapshotId; Repository = 'vault'; PolicyName = 'web' }
        $emitted = [ordered]@{
            'New-BackupRepository' = { New-BackupRepository -Name emitted -Path (Join-Path $TestRoot 'emitted') -KeyFile (Get-TestKeyFile) }
            'Get-BackupRepository' = { Get-BackupRepository }
            'Set-BackupRepository' = { Set-BackupRepository -Name emitted -NewName seen -PassThru }
            'Connect-BackupRepository' = { Connect-BackupRepository -Name seen -KeyFile (Get-TestKeyFile) }
            'Disconnect-BackupRepository' = { Disconnect-BackupRepository -Name seen -PassThru }
            'Remove-BackupRepository' = { Remove-BackupRepository -Name seen -PassThru -Confirm:$false }
            'New-BackupPolicy' = { New-BackupPolicy -Name emitted -Source $tree -Repository vault }
            'Get-BackupPolicy' = { Get-BackupPolicy }
            'Set-BackupPolicy' = { Set-BackupPolicy -Name emitted -KeepLast 1 -PassThru }
            'Export-BackupPolicy' = { Export-BackupPolicy -Path (Join-Path $TestRoot 'emitted.json') -Name emitted }
            'Import-BackupPolicy' = { Import-BackupPolicy -Path (Join-Path $TestRoot 'emitted.json') -Force }
            'Invoke-Backup' = { 1..2 | ForEach-Object { Invoke-Backup -PolicyName emitted } }
            'Get-BackupSnapshot' = { Get-BackupSnapshot }
            'Set-BackupSnapshot' = { Set-BackupSnapshot -SnapshotId $snapshot.SnapshotId -Tag emitted -PassThru }
            'Get-BackupItem' = { $snapshot | Get-BackupItem -Recurse }
            'Find-BackupItem' = { Find-BackupItem -Name '*' }
            'Get-BackupContent' = { $snapshot | Get-BackupContent -LiteralPath $tree/plain.txt; $snapshot | Get-BackupContent -LiteralPath $tree/plain.txt -AsByteStream }
            'Compare-BackupSnapshot' = { Compare-BackupSnapshot -Reference $snapshot -Difference (Invoke-Backup -LiteralPath $TestRoot/test.key -Repository vault) }
            'Measure-BackupSnapshot' = { $snapshot | Measure-BackupSnapshot }
            'Restore-Backup' = { $snapshot | Restore-Backup -Destination (Join-Path $TestRoot 'emitted-items') }
            'Test-BackupIntegrity' = { $snapshot | Test-BackupIntegrity; $snapshot | Test-BackupIntegrity -Quiet }
            'Get-BackupRun' = { Get-BackupRun }
            'Get-BackupEvent' = { $result | Get-BackupEvent }
            'Remove-BackupSnapshot' = { Remove-BackupSnapshot -PolicyName emitted -ApplyRetention -WhatIf; Get-BackupSnapshot -PolicyName emitted -Last 1 | Remove-BackupSnapshot -PassThru -Confirm:$false }
            'Remove-BackupPolicy' = { Remove-BackupPolicy -Name emitted -PassThru -Confirm:$false }
            'Optimize-BackupRepository' = { Optimize-BackupRepository vault -Confirm:$false }
        }
        foreach ($name in $emitted.Keys) {
            $things = @(& $emitted[$name])
            $things | ForEach-Object { $_.GetType().FullName } | Sort-Object -Unique | Should -Be ((Get-Command -Name $name).OutputType | ForEach-Object Name | Sort-Object) -Because $name
        }
        # What is new emits nothing else for what its parameters are called.
        foreach ($command in Get-Command -Module BackupPS | Where-Object Name -NotIn $emitted.Keys) {
            $arguments = Get-CommandArgument -Command $command -Given $given -Path (Join-Path $tree 'plain.txt')
            foreach ($thing in & $command @arguments) { $thing.GetType().FullName | Should -BeIn $command.OutputType.Name -Because $command.Name }
        }
    }
}

Describe 'Convention 5: paths and durations' {
    It '<name> takes wildcards where it says so, and its -LiteralPath is PSPath' -ForEach $commands {
        foreach ($parameter in $command.Parameters.Values) {
            $attributes = $parameter.Attributes.ForEach{ $_.GetType().Name }
            if ($parameter.Name -eq 'LiteralPath') {
                $parameter.Aliases | Should -Contain 'PSPath'
                $attributes | Should -Not -Contain 'SupportsWildcardsAttribute'
                $pattern = @('Path', 'Name').Where({ $command.Parameters.ContainsKey($_) }, 'First')[0]
                $command.Parameters[$pattern].Attributes.ForEach{ $_.GetType().Name } | Should -Contain 'SupportsWildcardsAttribute'
            }
            if ($parameter.Name -eq 'PolicyName') { $parameter.Aliases | Should -Not -Contain 'Name' }
        }
    }

    It 'refuses a bare number for a duration: <_>' -ForEach 'FullEvery', 'KeepWithin' {
        $said = @{ $_ = '7' }
        Set-BackupPolicy -Name web @said -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'InvalidDuration,*'
        $said = @{ $_ = '2y5m' }
        Set-BackupPolicy -Name web @said -ErrorAction Stop
        $said = @{ $_ = '' }
        Set-BackupPolicy -Name web @said -ErrorAction Stop
    }

    It 'has -Repository that takes a name, an object, a path, a relative one and one of a PSDrive' {
        Push-Location -LiteralPath (Join-Path $TestRoot 'repositories')
        try {
            foreach ($way in 'vault', 'VAULT', $repository, $repository.Path, './vault', '../repositories/vault/', 'TestRoot:/repositories/vault', "Microsoft.PowerShell.Core\FileSystem::$($repository.Path)") {
                (Test-BackupIntegrity -Repository $way).RepositoryId | Should -Be $repository.RepositoryId -Because "$way"
            }
        }
        finally { Pop-Location }
    }
}

Describe 'Convention 6: errors' {
    BeforeAll {
        # Each a failure that a user can meet, in every command.
        $missing = 'ffffffffffffffff'
        $failures = @(
            { Get-BackupRepository -Name nowhere }, { Set-BackupRepository -Name nowhere -NewName x }, { Remove-BackupRepository -Name nowhere -Confirm:$false }, { Connect-BackupRepository -Name nowhere -KeyFile (Get-TestKeyFile) },
            { Disconnect-BackupRepository -Name nowhere }, { New-BackupRepository -Name vault -Path $TestRoot/x -KeyFile (Get-TestKeyFile) }, { New-BackupRepository -Name y -Path Env:/x -KeyFile (Get-TestKeyFile) },
            { New-BackupRepository -Name y -Path NoDrive:/x -KeyFile (Get-TestKeyFile) }, { New-BackupPolicy -Name web -Source $tree -Repository vault }, { New-BackupPolicy -Name x -Source $tree -Repository nowhere },
            { Get-BackupPolicy -Name nowhere }, { Set-BackupPolicy -Name nowhere -KeepLast 1 }, { Remove-BackupPolicy -Name nowhere -Confirm:$false }, { Export-BackupPolicy -Path $TestRoot/x -Name nowhere }, { Import-BackupPolicy -Path $TestRoot/none.json }, { Invoke-Backup -PolicyName nowhere }, { Invoke-Backup -LiteralPath $tree -Repository nowhere },
            { Invoke-Backup -Path "$TestRoot/none*" -Repository vault }, { Get-BackupSnapshot -SnapshotId $missing }, { Get-BackupSnapshot -PolicyName nowhere }, { Set-BackupSnapshot -SnapshotId $missing -Hold },
            { Remove-BackupSnapshot -SnapshotId $missing -Confirm:$false }, { Remove-BackupSnapshot -PolicyName nowhere -ApplyRetention -Confirm:$false }, { Get-BackupItem -SnapshotId $missing }, { $snapshot | Get-BackupItem -LiteralPath /none },
            { Find-BackupItem -Name none }, { Find-BackupItem -LiteralPath Env:/x }, { Find-BackupItem -Name x -PolicyName nowhere }, { Compare-BackupSnapshot }, { Compare-BackupSnapshot -Reference $snapshot }, { Compare-BackupSnapshot $missing $missing }, { Compare-BackupSnapshot 7 8 },
            { $snapshot | Compare-BackupSnapshot -LivePath /none }, { Measure-BackupSnapshot $missing }, { Get-BackupContent $missing /x }, { $snapshot | Get-BackupContent -LiteralPath $tree }, { $snapshot | Get-BackupContent -LiteralPath /none }, { $snapshot | Get-BackupContent -Path / -Raw -Tail 1 },
            { Restore-Backup -SnapshotId $missing -Destination $TestRoot/x }, { Restore-Backup -PolicyName nowhere -Latest -Destination $TestRoot/x }, { Test-BackupIntegrity -Repository nowhere }, { Test-BackupIntegrity },
            { Test-BackupIntegrity -SnapshotId $missing }, { Optimize-BackupRepository nowhere -Confirm:$false }, { Get-BackupRun -PolicyName nowhere }, { Get-BackupEvent -RunId $missing }
        )
        $records = foreach ($failure in $failures) {
            $Error.Clear()
            try { & $failure 2>&1 | Where-Object { $_ -is [System.Management.Automation.ErrorRecord] } | Select-Object -First 1 | ForEach-Object { @{ failure = "$failure"; record = $_ } } }
            catch { @{ failure = "$failure"; record = $_ } }
        }
    }

    It 'is met by every command, and every failure is an error' {
        $records.Count | Should -Be $failures.Count
        $met = $records | ForEach-Object { ($_.record.FullyQualifiedErrorId -split ',')[1] } | Sort-Object -Unique
        $met | Should -Be ((Get-Command -Module BackupPS).ImplementingType.FullName | Sort-Object)
    }

    It 'has an id of the table, a category, a target and advice in each' {
        $engine = [AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'BackupPS.Engine' }[0]
        $table = $engine.GetType('BackupPS.Engine.BackupError')::All
        foreach ($entry in $records) {
            $record = $entry.record
            $because = "$($entry.failure): $record"
            $id = ($record.FullyQualifiedErrorId -split ',')[0]
            $table.Keys | Should -Contain $id -Because $because
            $id | Should -Not -Be 'InternalError' -Because $because
            "$($record.CategoryInfo.Category)" | Should -Be "$($table[$id].Category)" -Because $because
            $record.CategoryInfo.Category | Should -Not -Be 'NotSpecified' -Because $because
            $record.TargetObject | Should -Not -BeNullOrEmpty -Because $because
            $record.ErrorDetails.RecommendedAction | Should -Be $table[$id].Advice -Because $because
        }
    }

    It 'has a category that PowerShell knows for every row of the table' {
        $engine = [AppDomain]::CurrentDomain.GetAssemblies().Where{ $_.GetName().Name -eq 'BackupPS.Engine' }[0]
        foreach ($row in $engine.GetType('BackupPS.Engine.BackupError')::All.Values) {
            [enum]::GetNames([System.Management.Automation.ErrorCategory]) | Should -Contain "$($row.Category)" -Because $row.Id
            $row.Category | Should -Not -Be 'NotSpecified'
            $row.Advice | Should -Not -BeNullOrEmpty -Because $row.Id
        }
    }

    It 'terminates for a wrong key, a damaged repository and an unreachable store, and for nothing that concerns one name' {
        $lost = New-BackupRepository -Name lost -Path (Join-Path $TestRoot 'lost') -Password (Get-TestPassword)
        $null = New-BackupPolicy -Name lost -Source $tree -Repository lost
        Disconnect-BackupRepository -Name lost
        { Invoke-Backup -PolicyName lost -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'RepositoryLocked,*'
        { Invoke-Backup -PolicyName lost -Password (Get-TestPassword -Text wrong) -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'WrongKey,*'
        $json = Join-Path $lost.Path 'repository.json'
        $whole = [IO.File]::ReadAllText($json)
        if (-not $IsWindows) { [IO.File]::SetUnixFileMode($json, 'UserRead, UserWrite') }
        [IO.File]::WriteAllText($json, $whole.Replace('{', '['))
        { Invoke-Backup -PolicyName lost -Password (Get-TestPassword) -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'RepositoryDamaged,*'
        [IO.File]::WriteAllText($json, $whole)
        Move-Item -LiteralPath $lost.Path -Destination "$($lost.Path).away"
        { Invoke-Backup -PolicyName lost -Password (Get-TestPassword) -ErrorAction SilentlyContinue } | Should -Throw -ErrorId 'StoreUnreachable,*'
        { Invoke-Backup -PolicyName nowhere -ErrorAction SilentlyContinue } | Should -Not -Throw
    }

    It 'shows the advice' {
        $fresh = Invoke-FreshProcess -Script '$ErrorView = "ConciseView"; Invoke-Backup -PolicyName nowhere'
        $fresh.ErrorText | Should -Match 'Get-BackupPolicy'
    }
}

Describe 'Conventions 7 and 8: stopping and progress' {
    BeforeAll {
        $large = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'large')).FullName
        1..4 | ForEach-Object { Add-RandomFile -Path (Join-Path $large "data$_") -Length 150MB -Seed $_ }
    }
    AfterAll { Remove-Item -LiteralPath $large -Recurse }

    It 'ends within 2 seconds of Ctrl-C, leaves nothing visible, and the next run reuses what was uploaded' {
        $stopped = Initialize-TestRepository -Name stopped
        $null = New-BackupPolicy -Name large -Source $large -Repository stopped
        $pipeline = Get-TestPipeline -Script 'Invoke-Backup -PolicyName large'
        try {
            $running = $pipeline.BeginInvoke()
            # Once an index names packs, a later run can find them.
            while (-not (Get-ChildItem -LiteralPath (Join-Path $stopped.Path 'index') -File -Recurse)) { if ($running.IsCompleted) { throw "The run ended before it could be stopped: $($pipeline.Streams.Error)" } }
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $pipeline.Stop()
            $clock.Elapsed.TotalSeconds | Should -BeLessThan 2
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }
        Get-BackupSnapshot -Repository stopped | Should -BeNullOrEmpty
        $next = Invoke-Backup -PolicyName large -Wait
        $next.Status, $next.FilesNew | Should -Be 'Complete', 4
        $next.BytesStored | Should -BeLessThan 500MB
        (Get-BackupRun -PolicyName large).Status | Should -Be 'Complete', 'Cancelled'
    }

    It 'commits what it can, emits its result and then throws, under <name> Stop' -Skip:$IsWindows -ForEach @(
        @{ name = '-ErrorAction'; said = '-ErrorAction Stop'; preference = ''; id = 'AccessDenied,BackupPS.Cmdlets.InvokeBackupCommand' }
        @{ name = '$ErrorActionPreference'; said = ''; preference = '$ErrorActionPreference'; id = 'AccessDenied,BackupPS.Cmdlets.InvokeBackupCommand' }
        @{ name = '$VerbosePreference'; said = ''; preference = '$VerbosePreference'; id = 'ActionPreferenceStop,BackupPS.Cmdlets.InvokeBackupCommand' }
        @{ name = '$WarningPreference'; said = ''; preference = '$WarningPreference'; id = 'none' }
    ) {
        $stage = Initialize-UnprivilegedStage
        & chmod 000 (Join-Path $stage.Tree 'a[1].txt')
        try {
            $fresh = Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script @"
`$vault = New-BackupRepository -Path '$($stage.Folder)/vault' -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword)
$(if ($preference) { "$preference = 'Stop'" })
`$caught = 'none'
try { Invoke-Backup -LiteralPath '$($stage.Tree)' -Repository `$vault $said -OutVariable result 2> `$null | Out-Null } catch { `$caught = `$_.FullyQualifiedErrorId }
$(if ($preference) { "$preference = 'Continue'" })
"`$caught"
"`$(`$result.Status) `$(`$result.FaultCount)"
"`$((Get-BackupRun -Last 1).Status)"
(`$vault | ForEach-Object { Get-BackupSnapshot -Repository `$_ } | Get-BackupItem -Recurse | Where-Object Type -EQ File).Name -join ' '
"@
        }
        finally { & chmod 755 (Join-Path $stage.Tree 'a[1].txt') }
        $lines = @($fresh.Output -split '\r?\n' | Where-Object { $_ })
        # Under Stop, a verbose message is shown before it throws.
        $lines[-4] | Should -Be $id -Because $fresh.ErrorText
        $lines[-3..-1] | Should -Be 'Incomplete 1', 'Incomplete', 'plain.txt two.cs left.tmp one.cs with space.txt' -Because $fresh.ErrorText
    }

    It 'is not ended by who has read enough of its errors' -Skip:$IsWindows {
        $stage = Initialize-UnprivilegedStage
        & chmod 000 (Join-Path $stage.Tree 'a[1].txt')
        try {
            $fresh = Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script @"
`$vault = New-BackupRepository -Path '$($stage.Folder)/vault' -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword)
`$first = Invoke-Backup -LiteralPath '$($stage.Tree)' -Repository `$vault 2>&1 | Select-Object -First 1
`$first.FullyQualifiedErrorId
(Get-BackupSnapshot -Repository `$vault).FileCount
"@
        }
        finally { & chmod 755 (Join-Path $stage.Tree 'a[1].txt') }
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be 'AccessDenied,BackupPS.Cmdlets.InvokeBackupCommand', '5' -Because $fresh.ErrorText
    }

    It 'restores, verifies and removes to the end under -ErrorAction Stop' -Skip:$IsWindows {
        $stage = Initialize-UnprivilegedStage
        $fresh = Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script @"
`$vault = New-BackupRepository -Name own -Path '$($stage.Folder)/vault' -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword)
`$null = New-BackupPolicy -Name own -Source '$($stage.Tree)' -Repository own -KeepLast 1
`$made = 1..4 | ForEach-Object { Invoke-Backup own -Type Full }
`$null = New-Item -ItemType Directory '$($stage.Folder)/out$($stage.Tree)/plain.txt/in the way' -Force
`$ErrorActionPreference = 'Stop'
try { Restore-Backup -SnapshotId `$made[0].SnapshotId -Destination '$($stage.Folder)/out' -Overwrite Always -OutVariable restored | Out-Null; 'went on' } catch { `$_.FullyQualifiedErrorId }
"`$(`$restored.Status) `$(`$restored.FilesRestored)"
"@
        ($fresh.Output -split '\r?\n' | Where-Object { $_ }) | Should -Be 'TargetConflict,BackupPS.Cmdlets.RestoreBackupCommand', 'Incomplete 5' -Because $fresh.ErrorText
    }

    It 'shows progress with rate, totals and time left, at most 5 times a second, and ends it' {
        $null = Initialize-TestRepository -Name shown
        # More than a fast disk takes in a second: there is no rate before half a second.
        $longer = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'longer')).FullName
        1..10 | ForEach-Object { Add-RandomFile -Path (Join-Path $longer "data$_") -Length 150MB -Seed (100 + $_) }
        $pipeline = Get-TestPipeline -Script "Invoke-Backup -LiteralPath '$longer' -Repository shown"
        try {
            $clock = [System.Diagnostics.Stopwatch]::StartNew()
            $out = $pipeline.Invoke()
            $seconds = $clock.Elapsed.TotalSeconds
            $out[0].Status | Should -Be 'Complete'
            $ours = @($pipeline.Streams.Progress | Where-Object Activity -Like 'Backing up*')
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose(); Remove-Item -LiteralPath $longer -Recurse }
        $shown = @($ours | Where-Object RecordType -EQ 'Processing')
        $shown.Count | Should -BeGreaterThan 1
        $shown.Count | Should -BeLessOrEqual ([Math]::Ceiling($seconds * 5) + 1)
        $ours[-1].RecordType | Should -Be 'Completed'
        @($ours | Where-Object RecordType -EQ 'Completed').Count | Should -Be 1
        $last = $shown[-1]
        $last.StatusDescription | Should -Match ' of \S+ \w+'
        $last.StatusDescription | Should -Match 'B/s'
        ($shown.StatusDescription -match ' left').Count | Should -BeGreaterThan 0
        ($shown.SecondsRemaining -ge 0).Count | Should -BeGreaterThan 0
        foreach ($record in $shown) { $record.PercentComplete | Should -BeIn (-1..100) }
    }

    It 'shows nothing for work that is over at once' {
        $pipeline = Get-TestPipeline -Script 'Get-BackupPolicy; Get-BackupRepository'
        try {
            $null = $pipeline.Invoke()
            @($pipeline.Streams.Progress | Where-Object Activity -Match 'back|verif|restor').Count | Should -Be 0
        }
        finally { $pipeline.Runspace.Dispose(); $pipeline.Dispose() }
    }
}

Describe 'Convention 9: who emits' {
    It '<name> has -PassThru if it is silent, and only then' -ForEach $commands {
        $command.Parameters.ContainsKey('PassThru') | Should -Be ($command.Verb -in 'Set', 'Add', 'Remove', 'Disconnect')
    }

    It 'is silent in Set and Remove, and emits one object with -PassThru' {
        $null = Initialize-TestRepository -Name quiet
        $null = New-BackupPolicy -Name quiet -Source $tree -Repository quiet
        $id = (Invoke-Backup -PolicyName quiet).SnapshotId
        Set-BackupSnapshot -SnapshotId $id -Tag a | Should -BeNullOrEmpty
        Set-BackupPolicy -Name quiet -KeepLast 1 | Should -BeNullOrEmpty
        @(Set-BackupSnapshot -SnapshotId $id -Tag b -PassThru).Count | Should -Be 1
        @(Set-BackupPolicy -Name quiet -KeepLast 2 -PassThru).Count | Should -Be 1
        @(Set-BackupRepository -Name quiet -NewName quieter -PassThru).Count | Should -Be 1
        Remove-BackupSnapshot -SnapshotId $id -Confirm:$false | Should -BeNullOrEmpty
        Remove-BackupPolicy -Name quiet -Confirm:$false | Should -BeNullOrEmpty
        Remove-BackupRepository -Name quieter -Confirm:$false | Should -BeNullOrEmpty
    }
}

Describe 'Convention 10: scripts' {
    It 'has a build script that analyses every script and fails on a finding' {
        # build.ps1 may have saved it.
        $modules = @((Join-Path $ModuleRoot 'out/modules'), $env:PSModulePath) -join [IO.Path]::PathSeparator
        if (-not (Get-Item -Path ($modules -split [IO.Path]::PathSeparator | Where-Object { $_ } | ForEach-Object { Join-Path $_ 'PSScriptAnalyzer' }) -ErrorAction Ignore)) { Set-ItResult -Skipped -Because 'PSScriptAnalyzer is not installed' }
        $copy = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'checkout/examples')).FullName
        Copy-Item -LiteralPath (Join-Path $ModuleRoot 'build.ps1') -Destination (Split-Path $copy)
        $clean = Invoke-FreshProcess -NoImport -Environment @{ PSModulePath = $modules } -Script "& '$(Split-Path $copy)/build.ps1' -Task Analyze; 'clean'"
        "$($clean.Output)$($clean.ErrorText)".Trim() | Should -BeExactly 'clean'
        Set-Content -LiteralPath (Join-Path $copy 'bad.ps1') -Value 'gci | % { $_ }'
        $found = Invoke-FreshProcess -NoImport -Environment @{ PSModulePath = $modules } -Script "& '$(Split-Path $copy)/build.ps1' -Task Analyze; 'clean'"
        $found.ExitCode | Should -Not -Be 0
        $found.Output | Should -Match 'PSAvoidUsingCmdletAliases'
    }
}

Describe 'Convention 11: exit codes' {
    It 'gives an unattended script what it needs: 0 complete, 3 incomplete, 1 failed' -Skip:$IsWindows {
        $stage = Initialize-UnprivilegedStage
        $script = @'
$vault = Get-BackupRepository -Name vault -ErrorAction Ignore
if (-not $vault) { $null = New-BackupRepository -Name vault -Path "$HOME/vault" -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword); $null = New-BackupPolicy -Name web -Source "$HOME/tree" -Repository vault }
try { $result = Invoke-Backup -PolicyName $args[0] -Password ([Net.NetworkCredential]::new('', 'x').SecurePassword) -ErrorAction SilentlyContinue }
catch { exit 1 }
exit $(switch ($result.Status) { 'Complete' { 0 } 'Incomplete' { 3 } default { 1 } })
'@
        (Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script $script.Replace('$args[0]', 'web')).ExitCode | Should -Be 0
        & chmod 000 (Join-Path $stage.Tree 'plain.txt')
        try { (Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script $script.Replace('$args[0]', 'web')).ExitCode | Should -Be 3 }
        finally { & chmod 644 (Join-Path $stage.Tree 'plain.txt') }
        (Invoke-FreshProcess -Unprivileged -Environment $stage.Environment -Script $script.Replace('$args[0]', 'nowhere')).ExitCode | Should -Be 1
    }
}
