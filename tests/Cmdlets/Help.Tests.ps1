# Help as Get-Help shows it: every exported command, every parameter, every link, and every example, executed as it stands.

BeforeDiscovery {
    $root = Split-Path (Split-Path $PSScriptRoot)
    Import-Module -Name (Join-Path $root 'BackupPS.psd1')
    $commands = (Get-Command -Module BackupPS).Name | ForEach-Object { @{ name = $_ } }
    $examples = foreach ($name in $commands.name) {
        $number = 0
        foreach ($example in (Get-Help -Name $name).examples.example) { @{ name = $name; number = ++$number; code = $example.code } }
    }
    $topics = (Get-ChildItem -LiteralPath (Join-Path $root 'module/help') -Filter 'about_*.help.txt').Name -replace '\.help\.txt$' | ForEach-Object { @{ topic = $_ } }
}

BeforeAll {
    . (Join-Path $PSScriptRoot 'TestSetup.ps1')
    $common = [System.Management.Automation.Cmdlet]::CommonParameters + [System.Management.Automation.Cmdlet]::OptionalCommonParameters
    $text = { param($Parts) (@($Parts).ForEach{ $_.Text } -join "`n").Trim() }
    $exported = (Get-Command -Module BackupPS).Name

    # Whether a name is that of a command or topic of the module.
    function Test-HelpTarget {
        param([string] $Name)
        $Name -in $exported -or ($Name -like 'about_*' -and @(Get-Help -Name $Name).Count -eq 1)
    }
}

AfterAll { Clear-TestRoot }

Describe 'Help of <name>' -ForEach $commands {
    BeforeAll {
        $command = Get-Command -Name $name
        $help = Get-Help -Name $name -Full
        $described = @{}
        foreach ($parameter in $help.parameters.parameter) { $described[$parameter.name] = $parameter }
        $own = $command.Parameters.Values | Where-Object Name -NotIn $common
    }

    It 'has a synopsis of its own, and a description' {
        $help.Synopsis | Should -Match '^[A-Z][^\[]*\.$'
        $help.Synopsis | Should -Not -Match $name
        & $text $help.description | Should -Match '\w{3}.*\.$'
    }

    It 'describes every parameter, and no other' {
        $asked = @($own.Name) + @($command.Parameters.Keys | Where-Object { $_ -in 'WhatIf', 'Confirm' })
        @($described.Keys) | Sort-Object | Should -Be ($asked | Sort-Object)
        foreach ($parameter in $described.Values) { & $text $parameter.description | Should -Match '\.$' -Because $parameter.name }
    }

    It 'says of each parameter what PowerShell says of it' {
        foreach ($parameter in $own) {
            $told = $described[$parameter.Name]
            $places = @($parameter.ParameterSets.Values)
            $told.required | Should -Be "$($places[0].IsMandatory)" -Because $parameter.Name
            $told.position | Should -Be $(if ($places[0].Position -ge 0) { "$($places[0].Position)" } else { 'named' }) -Because $parameter.Name
            $told.pipelineInput | Should -Be $(
                $ways = @(if ($places[0].ValueFromPipeline) { 'ByValue' }) + @(if ($places[0].ValueFromPipelineByPropertyName) { 'ByPropertyName' })
                if ($ways) { "True ($($ways -join ', '))" } else { 'False' }
            ) -Because $parameter.Name
            $told.globbing | Should -Be "$([bool]($parameter.Attributes | Where-Object { $_ -is [SupportsWildcards] }))" -Because $parameter.Name
            $told.aliases | Should -Be $(if ($parameter.Aliases) { $parameter.Aliases -join ', ' } else { 'none' }) -Because $parameter.Name
            $values = @($parameter.Attributes | Where-Object { $_ -is [ValidateSet] } | ForEach-Object ValidValues)
            if ($values) { & $text $told.description | Should -BeLike "* of: $($values -join ', ')." -Because $parameter.Name }
        }
    }

    It 'gives each default that is in the code' {
        $fresh = [System.Activator]::CreateInstance($command.ImplementingType)
        try {
            foreach ($parameter in $own) {
                $value = $fresh.($parameter.Name)
                if ($value -is [switch] -or -not $value) { continue }
                if ($value -is [System.Text.Encoding]) { $value = $value.WebName }
                $described[$parameter.Name].defaultValue | Should -Be "$value" -Because $parameter.Name
            }
        }
        finally { $fresh.Dispose() }
    }

    It 'has the syntax of each parameter set' {
        $shown = foreach ($item in @($help.syntax.syntaxItem)) { (@($item.parameter).Where{ $_.name -notin 'WhatIf', 'Confirm' }.ForEach{ "$($_.name)$(if ($_.required -eq 'true') { '!' })" } | Sort-Object) -join ' ' }
        $real = foreach ($set in $command.ParameterSets) { (@($set.Parameters).Where{ $_.Name -notin $common }.ForEach{ "$($_.Name)$(if ($_.IsMandatory) { '!' })" } | Sort-Object) -join ' ' }
        @($shown) | Sort-Object | Should -Be (@($real) | Sort-Object)
    }

    It 'says what it takes from the pipeline, and what it emits' {
        $inputs = @($help.inputTypes.inputType)
        $takes = [bool]($own.ParameterSets.Values | Where-Object { $_.ValueFromPipeline -or $_.ValueFromPipelineByPropertyName })
        ($inputs[0].type.name -ne 'None') | Should -Be $takes
        foreach ($type in $inputs) { & $text $type.description | Should -Match '\.$' -Because $type.type.name }
        $outputs = @($help.returnValues | Where-Object { $_ -and $_.PSObject.Properties['returnValue'] } | ForEach-Object { $_.returnValue })
        @($outputs | ForEach-Object { $_.type.name }) -join ' ' | Should -Be (@($command.OutputType | ForEach-Object Name | Select-Object -Unique) -join ' ')
        foreach ($type in $outputs) { & $text $type.description | Should -Match '\.$' -Because $type.type.name }
    }

    It 'has two examples or more, each explained, that fit 120 columns' {
        @($help.examples.example).Count | Should -BeGreaterOrEqual 2
        foreach ($example in $help.examples.example) {
            & $text $example.remarks | Should -Match '\.$'
            # Get-Help indents by four.
            ($example.code -split "`n").ForEach{ $_.Length } | Should -Not -BeGreaterThan 116
        }
    }

    It 'leads on to commands and topics that are there' {
        $links = @($help.relatedLinks.navigationLink).linkText
        $links | Should -Not -BeNullOrEmpty
        $links.Where{ $_ -like 'about_*' } | Should -Not -BeNullOrEmpty
        foreach ($link in $links) { Test-HelpTarget -Name $link | Should -BeTrue -Because $link }
    }
}

Describe 'The topic <topic>' -ForEach $topics {
    BeforeAll {
        $shown = Get-Help -Name $topic
        $lines = "$shown" -split '\r?\n'
    }

    It 'is found, with a short description' {
        @($shown).Count | Should -Be 1
        (Get-Help -Name about_BackupPS*).Name | Should -Contain $topic
        (Get-Help -Name about_BackupPS* | Where-Object Name -EQ $topic).Synopsis | Should -Match '^[A-Z].*\.$'
    }

    It 'has the headings of a topic, and fits 80 columns' {
        $lines.Where{ $_ -cmatch '^[A-Z]' } | Should -Be 'TOPIC', 'SHORT DESCRIPTION', 'LONG DESCRIPTION', 'EXAMPLES', 'SEE ALSO'
        $lines[1].Trim() | Should -Be $topic
        $lines.Where{ $_.Length -gt 80 } | Should -BeNullOrEmpty
    }

    It 'leads on to commands and topics that are there' {
        $links = $lines[($lines.IndexOf('SEE ALSO') + 1)..($lines.Count - 1)].ForEach{ $_.Trim() }.Where{ $_ }
        $links | Should -Not -BeNullOrEmpty
        foreach ($link in $links) { Test-HelpTarget -Name $link | Should -BeTrue -Because $link }
    }

    It 'names commands and parameters that are there' {
        foreach ($name in [regex]::Matches("$shown", '\b[A-Z][a-z]+-Backup[A-Za-z]*').Value | Select-Object -Unique) { $name | Should -BeIn $exported }
        # Lines that are indented as code, with those that they go on in.
        foreach ($line in ("$shown" -replace '`\r?\n\s+' -replace '\|\r?\n\s+', '| ') -split '\r?\n' -match '^ {8,}\S.*-Backup') {
            $tokens = $problems = $null
            $parsed = [System.Management.Automation.Language.Parser]::ParseInput($line.Trim(), [ref]$tokens, [ref]$problems)
            $calls = $parsed.FindAll({ param($node) $node -is [System.Management.Automation.Language.CommandAst] }, $true).Where{ $_.GetCommandName() -in $exported }
            foreach ($call in $calls) {
                $given = $call.CommandElements | Where-Object { $_ -is [System.Management.Automation.Language.CommandParameterAst] } | ForEach-Object ParameterName
                foreach ($parameter in $given) { $parameter | Should -BeIn (Get-Command -Name $call.GetCommandName()).Parameters.Keys -Because $line }
            }
        }
    }
}

Describe 'Error ids in about_BackupPS_Recovery' {
    It 'are those of the table of errors' {
        $problem = try { Get-BackupPolicy -Name nowhere -ErrorAction Stop } catch { $_.Exception }
        $ids = $problem.Error.GetType().GetProperty('All').GetValue($null).Keys
        $section = "$(Get-Help -Name about_BackupPS_Recovery)" -replace '(?s)^.*Errors, and what to do' -replace '(?s)What went wrong in a run.*$'
        $told = [regex]::Matches($section, '(?m)^    (\w+)(?: |\r?$)').ForEach{ $_.Groups[1].Value }
        $told.Count | Should -BeGreaterThan 30
        foreach ($id in $told) { $id | Should -BeIn $ids }
    }
}

Describe 'Examples' {
    BeforeAll {
        # Copies a folder with its times, links and modes.
        function Copy-Folder {
            param([string] $Path, [string] $Destination)
            if ($IsWindows) { Copy-Item -LiteralPath $Path -Destination $Destination -Recurse } else { & cp -a $Path $Destination }
        }

        $work = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'ada')).FullName
        $catalog = $env:BACKUPPS_HOME
        $former = @{ Variable = $HOME; Environment = $env:HOME; Provider = (Get-PSProvider -PSProvider FileSystem).Home }
        Set-Variable -Name HOME -Value $work -Scope Global -Force
        $env:HOME = (Get-PSProvider -PSProvider FileSystem).Home = $work
        $password = Get-TestPassword
        $keyFile = Add-PrivateFile -Path (Join-Path $work 'vault.key') -Bytes ([System.Security.Cryptography.RandomNumberGenerator]::GetBytes(32))
        $null = Add-PrivateFile -Path (Join-Path $work '.vault-password') -Bytes ([Text.Encoding]::UTF8.GetBytes("correct horse`n"))

        # A repository with two policies, some snapshots, and a site that has changed since; another repository that this host does not know.
        $null = New-BackupRepository -Path (Join-Path $work 'offsite') -Password $password
        $null = New-BackupRepository -Name vault -Path (Join-Path $work 'vault') -KeyFile $keyFile
        foreach ($folder in 'site/news', 'conf') { $null = New-Item -ItemType Directory -Path (Join-Path $work $folder) }
        foreach ($file in 'site/index.html', 'site/news/index.html', 'site/style.css', 'site/site.conf', 'site/draft.tmp', 'conf/web.conf', 'conf/db.conf') { Set-Content -LiteralPath (Join-Path $work $file) -Value "first of $file" }
        $null = New-Item -ItemType SymbolicLink -Path (Join-Path $work 'site/home') -Target 'index.html'
        $null = New-BackupPolicy -Name web -Source (Join-Path $work 'site') -Repository vault -Exclude '**/*.tmp' -KeepLast 2 -FullEvery 7d
        $null = New-BackupPolicy -Name conf -Source (Join-Path $work 'conf') -Repository vault -KeepDaily 7
        $null = Invoke-Backup -PolicyName web -Tag release
        foreach ($state in 'second', 'third') {
            Set-Content -LiteralPath (Join-Path $work 'site/index.html') -Value $state
            $null = Invoke-Backup -PolicyName web, conf
        }
        Set-Content -LiteralPath (Join-Path $work 'site/style.css') -Value 'changed since'
        Set-Content -LiteralPath (Join-Path $work 'site/extra.html') -Value 'not in any snapshot'
        Copy-Folder -Path $work -Destination (Join-Path $TestRoot 'template')
    }

    AfterAll {
        Set-Variable -Name HOME -Value $former.Variable -Scope Global -Force
        $env:HOME = $former.Environment
        (Get-PSProvider -PSProvider FileSystem).Home = $former.Provider
    }

    It '<name>, example <number>' -ForEach $examples {
        # Each in files and with a catalog of its own, at the same paths: what one changes the next does not see.
        Remove-Item -LiteralPath $work -Recurse -Force
        Copy-Folder -Path (Join-Path $TestRoot 'template') -Destination $work
        $env:BACKUPPS_HOME = Join-Path $TestRoot "home-$name-$number"
        Copy-Folder -Path $catalog -Destination $env:BACKUPPS_HOME
        $null = Connect-BackupRepository -Name vault -KeyFile $keyFile
        Push-Location -LiteralPath $work
        try {
            $said = & {
                # Nobody is there to answer.
                $ConfirmPreference = 'None'
                $ErrorActionPreference = 'Stop'
                $pw = $password
                & ([scriptblock]::Create($code)) 3>&1
            }
        }
        finally {
            Pop-Location
            $env:BACKUPPS_HOME = $catalog
            $env:BACKUPPS_PASSWORD_FILE = $null
        }
        @($said).Where{ $_ -is [System.Management.Automation.WarningRecord] } | Should -BeNullOrEmpty
    }
}

Describe 'The build' {
    It 'fails where something is not documented, and names the command and the parameter' {
        $generator = Get-ChildItem -Path (Join-Path $ModuleRoot 'src/BackupPS.Help/bin/*/*/BackupPS.Help.dll') | Sort-Object LastWriteTime | Select-Object -Last 1
        $built = $generator.Directory.FullName -replace 'BackupPS\.Help', 'BackupPS.Cmdlets'
        $copy = (New-Item -ItemType Directory -Path (Join-Path $TestRoot 'undocumented')).FullName
        Copy-Item -Path (Join-Path $built 'BackupPS.*'), ((Join-Path $built 'BackupPS.*') -replace 'BackupPS\.Cmdlets', 'BackupPS.Model') -Destination $copy
        $file = Join-Path $copy 'BackupPS.xml'
        $document = [xml](Get-Content -LiteralPath $file -Raw)
        $members = $document.doc.members
        $parameter = $members.member | Where-Object name -EQ 'P:BackupPS.Cmdlets.SecretCmdlet.KeyFile'
        $null = $members.RemoveChild($parameter)
        $command = $members.member | Where-Object name -EQ 'T:BackupPS.Cmdlets.GetBackupRunCommand'
        while (@($command.SelectNodes('example')).Count -gt 1) { $null = $command.RemoveChild($command.SelectSingleNode('example')) }
        $document.Save($file)

        $output = Join-Path $copy 'help.xml'
        $said = & dotnet $generator.FullName $output (Join-Path $ModuleRoot 'module/help') (Join-Path $copy 'BackupPS.dll') (Join-Path $copy 'BackupPS.Model.dll')
        $LASTEXITCODE | Should -Be 1
        $said | Should -Contain 'BackupPS.Help : error HELP001: Restore-Backup: the parameter -KeyFile has no <summary>.'
        $said | Should -Contain 'BackupPS.Help : error HELP001: Get-BackupRun has 1 <example>; it needs 2 or more.'
        $output | Should -Not -Exist
    }
}
